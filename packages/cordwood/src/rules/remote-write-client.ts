import type { RelabelRule } from '../extract/relabel.ts';
import { type HttpAuthorization, readHttpAuthorization } from './http-authorization.ts';
import { readBlock } from './read-block.ts';
import { parseRelabelRules } from './relabel.ts';

/** Where recorded series go: one Prometheus `remote_write` block (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#remote_write). */
export interface RemoteWriteClient {
  /** Key in `ruler.remote_write.clients`. */
  readonly id: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: HttpAuthorization;
  readonly relabelRules: readonly RelabelRule[];
  /** Samples in one request. */
  readonly samplesPerSendMax: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Whether 429 is tried again; any other 4xx is final. */
  readonly retryOnRateLimit: boolean;
}

export type RemoteWriteClientResult =
  | { readonly client: RemoteWriteClient; readonly problems?: undefined }
  | { readonly client?: undefined; readonly problems: readonly string[] };

/** Reads a block as written. What is not supported is a problem, never ignored. */
export function parseRemoteWriteClient(id: string, value: unknown): RemoteWriteClientResult {
  const problems: string[] = [];
  const block = readBlock(value, `remote_write.clients.${id}`, problems);
  const url = block.text('url', '');
  if (!/^https?:\/\/[^/]/.test(url)) problems.push(`remote_write.clients.${id}.url must be an http or https address`);
  const relabelRules = parseRelabelRules(
    block.raw('write_relabel_configs'),
    `remote_write.clients.${id}.write_relabel_configs`,
  );
  problems.push(...(relabelRules.problems ?? []));
  const queue = readBlock(block.raw('queue_config') ?? {}, `remote_write.clients.${id}.queue_config`, problems);
  const client: RemoteWriteClient = {
    id,
    url,
    timeoutMs: block.durationMs('remote_timeout', 30_000),
    headers: block.map('headers'),
    authorization: readHttpAuthorization(block),
    relabelRules: relabelRules.rules ?? [],
    samplesPerSendMax: queue.number('max_samples_per_send', 2000),
    backoffMinMs: queue.durationMs('min_backoff', 30),
    backoffMaxMs: queue.durationMs('max_backoff', 5000),
    retryOnRateLimit: queue.boolean('retry_on_http_429', false),
  };
  // The name only shows in metrics; there are no exemplars and no metadata; one connection keeps the order of samples.
  block.text('name', '');
  block.boolean('send_exemplars', false);
  block.boolean('send_native_histograms', false);
  block.boolean('follow_redirects', true);
  block.boolean('enable_http2', true);
  block.raw('metadata_config');
  for (const key of ['capacity', 'min_shards', 'max_shards']) queue.number(key, 0);
  queue.durationMs('batch_send_deadline', 0);
  queue.durationMs('sample_age_limit', 0);
  for (const key of ['sigv4', 'oauth2', 'azuread', 'google_iam'])
    block.refuse(key, 'use basic_auth or authorization, or a proxy that signs');
  for (const key of ['proxy_url', 'proxy_from_environment', 'proxy_connect_header', 'no_proxy'])
    block.refuse(key, 'set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY for the process');
  block.refuse('tls_config', 'give the authority to the process with NODE_EXTRA_CA_CERTS');
  block.refuse('protobuf_message', 'only prometheus.WriteRequest is written');
  queue.end();
  block.end();
  return problems.length > 0 ? { problems } : { client };
}
