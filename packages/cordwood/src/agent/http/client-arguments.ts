/** The arguments that everything which speaks HTTP has in common: authentication, TLS, headers. */
import {
  type ArgumentsOf,
  block,
  booleanType,
  enumType,
  listType,
  mapType,
  nullableType,
  optional,
  parsedType,
  type Report,
  required,
  schema,
  secretType,
  stringType,
  unsupported,
} from '@cordwood/alloy';

const optionalSecret = optional(nullableType(secretType), undefined);

const basicAuthSchema = schema({
  attributes: {
    username: optional(stringType, ''),
    password: optionalSecret,
    password_file: optional(stringType, ''),
  },
  validate(args, report) {
    if (args.password !== undefined && args.password_file !== '') {
      report('password_file', 'at most one of basic_auth password & password_file must be configured');
    }
  },
});

const authorizationSchema = schema({
  attributes: {
    type: optional(stringType, 'Bearer'),
    credentials: optionalSecret,
    credentials_file: optional(stringType, ''),
  },
  validate(args, report) {
    if (args.credentials !== undefined && args.credentials_file !== '') {
      report('credentials_file', 'at most one of authorization credentials & credentials_file must be configured');
    }
    if (args.type.toLowerCase() === 'basic') {
      report('type', 'authorization type cannot be set to "basic", use "basic_auth" instead');
    }
  },
});

export const tlsSchema = schema({
  attributes: {
    ca_pem: optional(stringType, ''),
    ca_file: optional(stringType, ''),
    cert_pem: optional(stringType, ''),
    cert_file: optional(stringType, ''),
    key_pem: optionalSecret,
    key_file: optional(stringType, ''),
    server_name: optional(stringType, ''),
    insecure_skip_verify: optional(booleanType, false),
    min_version: optional(enumType('', 'TLS10', 'TLS11', 'TLS12', 'TLS13'), ''),
  },
  validate(args, report) {
    for (const [pem, file] of [
      ['ca_pem', 'ca_file'],
      ['cert_pem', 'cert_file'],
      ['key_pem', 'key_file'],
    ] as const) {
      const given = args[pem];
      if (given !== undefined && given !== '' && args[file] !== '')
        report(file, `at most one of ${pem} and ${file} must be configured`);
    }
  },
});

/** An absolute http or https URL. */
export const urlType = parsedType<URL>('URL', new URL('http://localhost'), (text) => {
  if (!URL.canParse(text)) return { error: `parse ${JSON.stringify(text)}: invalid URL` };
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { error: `unsupported scheme ${JSON.stringify(url.protocol)}: http or https is needed` };
  return { value: url };
});

const oauth2Schema = schema({
  attributes: {
    client_id: optional(stringType, ''),
    client_secret: optionalSecret,
    client_secret_file: optional(stringType, ''),
    scopes: optional(listType(stringType), []),
    token_url: required(urlType),
    endpoint_params: optional(mapType(stringType), new Map()),
    proxy_url: unsupported(stringType, '', 'Cordwood does not speak through a proxy'),
  },
  blocks: { tls_config: block(tlsSchema) },
  validate(args, report) {
    if (args.client_secret !== undefined && args.client_secret_file !== '')
      report('client_secret_file', 'at most one of oauth2 client_secret & client_secret_file must be configured');
  },
});
export type OAuth2Arguments = ArgumentsOf<typeof oauth2Schema>;

const noProxy = 'Cordwood does not speak through a proxy';

export const clientAttributes = {
  bearer_token: optionalSecret,
  bearer_token_file: optional(stringType, ''),
  proxy_url: unsupported(stringType, '', noProxy),
  no_proxy: unsupported(stringType, '', noProxy),
  proxy_from_environment: unsupported(booleanType, false, noProxy),
  proxy_connect_header: unsupported(mapType(listType(secretType)), new Map(), noProxy),
  http_headers: optional(mapType(listType(secretType)), new Map()),
  // A push is a POST, whose redirects are an error in any case.
  follow_redirects: optional(booleanType, true),
  // HTTP/1.1 is what Cordwood speaks; every server that takes HTTP/2 takes it as well.
  enable_http2: optional(booleanType, true),
};

export const clientBlocks = {
  basic_auth: block(basicAuthSchema),
  authorization: block(authorizationSchema),
  oauth2: block(oauth2Schema),
  tls_config: block(tlsSchema),
};

const clientSchema = schema({ attributes: clientAttributes, blocks: clientBlocks });
export type ClientArguments = ArgumentsOf<typeof clientSchema>;
export type TlsArguments = ArgumentsOf<typeof tlsSchema>;

/** At most one way to authenticate. */
export function checkClient(args: ClientArguments, report: Report): void {
  const ways = [
    args.basic_auth !== undefined,
    args.authorization !== undefined,
    args.oauth2 !== undefined,
    args.bearer_token !== undefined || args.bearer_token_file !== '',
  ];
  if (ways.filter(Boolean).length > 1) {
    report(
      undefined,
      'at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured',
    );
  }
  if (args.bearer_token !== undefined && args.bearer_token_file !== '') {
    report('bearer_token_file', 'at most one of bearer_token & bearer_token_file must be configured');
  }
}

/** A client that is configured by nothing. */
export const plainClient: ClientArguments = {
  bearer_token: undefined,
  bearer_token_file: '',
  proxy_url: '',
  no_proxy: '',
  proxy_from_environment: false,
  proxy_connect_header: new Map(),
  http_headers: new Map(),
  follow_redirects: true,
  enable_http2: true,
  basic_auth: undefined,
  authorization: undefined,
  oauth2: undefined,
  tls_config: undefined,
};

/** TLS without certificates of its own. */
export const plainTls: TlsArguments = {
  ca_pem: '',
  ca_file: '',
  cert_pem: '',
  cert_file: '',
  key_pem: undefined,
  key_file: '',
  server_name: '',
  insecure_skip_verify: false,
  min_version: '',
};
