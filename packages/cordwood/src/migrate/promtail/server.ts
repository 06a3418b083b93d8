import type { NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import {
  attribute,
  block,
  convertFields,
  convertTable,
  type Field,
  goDuration,
  integer,
  noEquivalent,
  readElsewhere,
  type Table,
  text,
} from './fields.ts';
import type { YamlValue } from './yaml-value.ts';

const tls: Table = {
  goType: 'server.TLSConfig',
  fields: [
    attribute('cert', text, { to: 'cert_pem' }),
    attribute('key', text, { to: 'key_pem' }),
    attribute('cert_file', text),
    attribute('key_file', text),
    attribute('client_auth_type', text),
    attribute('client_ca_file', text),
    attribute('client_ca', text),
  ],
};

const httpFields: readonly Field[] = [
  attribute('http_listen_address', text, { to: 'listen_address' }),
  attribute('http_listen_port', integer, { to: 'listen_port' }),
  attribute('http_listen_conn_limit', integer, { to: 'conn_limit' }),
  attribute('http_server_read_timeout', goDuration, { to: 'server_read_timeout' }),
  attribute('http_server_write_timeout', goDuration, { to: 'server_write_timeout' }),
  attribute('http_server_idle_timeout', goDuration, { to: 'server_idle_timeout' }),
  block('http_tls_config', tls, 'tls'),
];

const grpcFields: readonly Field[] = [
  attribute('grpc_listen_address', text, { to: 'listen_address' }),
  attribute('grpc_listen_port', integer, { to: 'listen_port' }),
  attribute('grpc_listen_conn_limit', integer, { to: 'conn_limit' }),
  attribute('grpc_server_max_connection_age', goDuration, { to: 'max_connection_age' }),
  attribute('grpc_server_max_connection_age_grace', goDuration, { to: 'max_connection_age_grace' }),
  attribute('grpc_server_max_connection_idle', goDuration, { to: 'max_connection_idle' }),
  attribute('grpc_server_max_recv_msg_size', integer, { to: 'server_max_recv_msg_size' }),
  attribute('grpc_server_max_send_msg_size', integer, { to: 'server_max_send_msg_size' }),
  attribute('grpc_server_max_concurrent_streams', integer, { to: 'server_max_concurrent_streams' }),
  block('grpc_tls_config', tls, 'tls'),
];

/** Settings of a Promtail server that Alloy's servers do not have. */
const missing = [
  'http_listen_network',
  'grpc_listen_network',
  'proxy_protocol_enabled',
  'tls_cipher_suites',
  'tls_min_version',
  'http_path_prefix',
  'http_server_read_header_timeout',
  'http_log_closed_connections_without_response_enabled',
  'grpc_server_keepalive_time',
  'grpc_server_keepalive_timeout',
  'grpc_server_min_time_between_pings',
  'grpc_server_ping_without_stream_allowed',
  'grpc_server_num_workers',
  'grpc_server_recv_buffer_pools_enabled',
  'grpc_server_stats_tracking_enabled',
  'report_grpc_codes_in_instrumentation_label_enabled',
  'register_instrumentation',
  'log_format',
  'log_level',
  'log_source_ips_enabled',
  'log_source_ips_full',
  'log_source_ips_header',
  'log_source_ips_regex',
  'log_request_headers',
  'log_request_at_info_level_enabled',
  'log_request_exclude_headers_list',
  'cluster_validation',
] as const;

const gracefulShutdown = attribute('graceful_shutdown_timeout', goDuration, { absent: '0s' });

/** The `http` and `grpc` blocks of a source that listens, from its `server`; `owner` is the source, for messages. */
export function convertServer(server: YamlValue | undefined, owner: string, conversion: Conversion): NewItem[] {
  const missingFields = missing.map((from) => {
    return noEquivalent(from, 'error', `server.${from} of ${owner} has no equivalent in Alloy`, 'delete the line');
  });
  const fields = [...httpFields, ...grpcFields, gracefulShutdown, ...missingFields].map(({ from }) =>
    readElsewhere(from),
  );
  if (server !== undefined) {
    convertTable(server, { goType: 'server.Config', fields }, conversion);
    convertFields(server, missingFields, conversion);
  }
  const part = (own: readonly Field[]) => (server === undefined ? [] : convertFields(server, own, conversion));
  return [
    conversion.block('http', part(httpFields), server?.place),
    conversion.block('grpc', part(grpcFields)),
    ...(server === undefined ? gracefulShutdown.absent!(conversion) : part([gracefulShutdown])),
  ];
}

/** The server of Promtail itself: its keys, none of which is part of an Alloy configuration. */
export const serverKeys: readonly string[] = [
  ...[...httpFields, ...grpcFields].map(({ from }) => from),
  ...missing,
  'graceful_shutdown_timeout',
];
