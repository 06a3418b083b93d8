import { attribute, block, boolean, type Field, type Table, text, textMap, texts, textsMap } from './fields.ts';

/** `tls_config` of a client. */
export const tlsConfig: Table = {
  goType: 'config.TLSConfig',
  fields: [
    attribute('ca', text, { to: 'ca_pem' }),
    attribute('ca_file', text),
    attribute('cert', text, { to: 'cert_pem' }),
    attribute('cert_file', text),
    attribute('key', text, { to: 'key_pem' }),
    attribute('key_file', text),
    attribute('server_name', text),
    attribute('insecure_skip_verify', boolean, { omit: false }),
    attribute('min_version', text),
  ],
};

const basicAuth: Table = {
  goType: 'config.BasicAuth',
  fields: [attribute('username', text), attribute('password', text), attribute('password_file', text)],
};

const authorization: Table = {
  goType: 'config.Authorization',
  fields: [
    attribute('type', text, { absent: 'Bearer' }),
    attribute('credentials', text),
    attribute('credentials_file', text),
  ],
};

const proxyFields: readonly Field[] = [
  attribute('proxy_url', text),
  attribute('no_proxy', text),
  attribute('proxy_from_environment', boolean, { omit: false }),
  attribute('proxy_connect_header', textsMap),
];

const oauth2: Table = {
  goType: 'config.plain',
  fields: [
    attribute('client_id', text),
    attribute('client_secret', text),
    attribute('client_secret_file', text),
    attribute('scopes', texts),
    attribute('token_url', text),
    attribute('endpoint_params', textMap()),
    ...proxyFields,
    { ...block('tls_config', tlsConfig), absent: (conversion) => [conversion.block('tls_config', [])] },
  ],
};

/** `bearer_token: X` is `authorization {type = "Bearer", credentials = X}`. */
function bearer(from: string, to: string): Field {
  return {
    from,
    convert({ value, place }, conversion) {
      const credentials = text(value, conversion) ?? '';
      const body = [conversion.attribute('type', 'Bearer'), conversion.attribute(to, credentials, value.place)];
      return [conversion.block('authorization', body, place)];
    },
  };
}

/** How a client speaks to a server: Prometheus' `HTTPClientConfig`, whose keys stand beside those of their owner. */
export const httpClientFields: readonly Field[] = [
  block('basic_auth', basicAuth),
  block('authorization', authorization),
  bearer('bearer_token', 'credentials'),
  bearer('bearer_token_file', 'credentials_file'),
  block('oauth2', oauth2),
  ...proxyFields,
  block('tls_config', tlsConfig),
  attribute('follow_redirects', boolean, { omit: true }),
  attribute('enable_http2', boolean, { omit: true }),
  {
    from: 'http_headers',
    convert({ value, place }, conversion) {
      const fields = value.entries.map((entry) => {
        const { value: header } = entry;
        const values = header.get('values') ?? header.get('secrets');
        if (header.get('files') !== undefined) {
          conversion.report(entry.place, 'error', `http_headers.${entry.key}.files has no equivalent in Alloy`);
        }
        return conversion.field(entry.key, values === undefined ? [] : (texts(values, conversion) ?? []), entry.place);
      });
      return [conversion.attribute('http_headers', { fields }, place)];
    },
  },
];
