/** `tls` blocks of otelcol components: other names than those of `tls_config`, and the same meaning. */
import {
  type ArgumentsOf,
  booleanType,
  durationType,
  enumType,
  listType,
  nullableType,
  optional,
  type Report,
  schema,
  secretType,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import type { TlsArguments } from '../http/client-arguments.ts';
import { plainTls } from '../http/client-arguments.ts';

const byNode = 'Node.js decides about it';

const common = {
  ca_pem: optional(stringType, ''),
  ca_file: optional(stringType, ''),
  cert_pem: optional(stringType, ''),
  cert_file: optional(stringType, ''),
  key_pem: optional(nullableType(secretType), undefined),
  key_file: optional(stringType, ''),
  min_version: optional(enumType('', '1.0', '1.1', '1.2', '1.3'), ''),
  max_version: unsupported(stringType, '', byNode),
  cipher_suites: unsupported(listType(stringType), [], byNode),
  curve_preferences: unsupported(listType(stringType), [], byNode),
  include_system_ca_certs_pool: optional(booleanType, false),
  reload_interval: unsupported(durationType, 0, 'certificates are read when the component starts'),
};

function checkPairs(args: Readonly<Record<string, unknown>>, report: Report): void {
  for (const [pem, file] of [
    ['ca_pem', 'ca_file'],
    ['cert_pem', 'cert_file'],
    ['key_pem', 'key_file'],
  ] as const) {
    if ((args[pem] ?? '') !== '' && args[file] !== '')
      report(file, `at most one of ${pem} and ${file} must be configured`);
  }
}

/** Of what is sent to. */
export const clientTlsSchema = schema({
  attributes: {
    ...common,
    server_name: optional(stringType, ''),
    insecure: optional(booleanType, false),
    insecure_skip_verify: optional(booleanType, false),
  },
  validate: checkPairs,
});

/** Of what listens. */
export const serverTlsSchema = schema({
  attributes: {
    ...common,
    client_ca_file: optional(stringType, ''),
    client_ca_file_reload: unsupported(booleanType, false, 'certificates are read when the component starts'),
  },
  validate(args, report) {
    checkPairs(args, report);
    const hasCertificate = args.cert_pem !== '' || args.cert_file !== '';
    const hasKey = args.key_pem !== undefined || args.key_file !== '';
    if (!hasCertificate || !hasKey)
      report(undefined, 'a server needs a certificate and a key', 'Set cert_file and key_file.');
  },
});

type ClientTls = ArgumentsOf<typeof clientTlsSchema>;
type ServerTls = ArgumentsOf<typeof serverTlsSchema>;

const versions = { '': '', '1.0': 'TLS10', '1.1': 'TLS11', '1.2': 'TLS12', '1.3': 'TLS13' } as const;

function fromCommon(args: ClientTls | ServerTls): TlsArguments {
  const { ca_pem, ca_file, cert_pem, cert_file, key_pem, key_file, min_version } = args;
  return { ...plainTls, ca_pem, ca_file, cert_pem, cert_file, key_pem, key_file, min_version: versions[min_version] };
}

export function clientTls(args: ClientTls | undefined): TlsArguments | undefined {
  if (args === undefined) return undefined;
  const { server_name, insecure_skip_verify } = args;
  return { ...fromCommon(args), server_name, insecure_skip_verify };
}

/** With a CA for clients, they must show a certificate of it. */
export function serverTls(args: ServerTls | undefined): TlsArguments | undefined {
  return args && { ...fromCommon(args), ca_file: args.client_ca_file, ca_pem: '' };
}
