import type { RelabelRule } from '../extract/relabel.ts';
import type { HttpAuthorization } from './http-authorization.ts';
import { readBlock } from './read-block.ts';
import { parseRelabelRules } from './relabel.ts';

/** Where the alerts of a tenant go, and how (loki.md 5.3; https://grafana.com/docs/loki/latest/configure/#ruler). */
export interface AlertmanagerSettings {
  /** Base addresses; every one gets every alert, as Alertmanagers deduplicate among themselves. */
  readonly urls: readonly string[];
  /** The hosts of `urls` are names of SRV records that list the Alertmanagers. */
  readonly discovery: boolean;
  readonly refreshIntervalMs: number;
  readonly authorization: HttpAuthorization;
  /** Applied to the labels of an alert, external labels included. */
  readonly relabelRules: readonly RelabelRule[];
  /** Alerts that wait for one Alertmanager; beyond it the oldest go. */
  readonly queueCapacity: number;
  readonly timeoutMs: number;
}

export const defaultAlertmanagerSettings: AlertmanagerSettings = {
  urls: [],
  discovery: false,
  refreshIntervalMs: 60_000,
  authorization: {},
  relabelRules: [],
  queueCapacity: 10_000,
  timeoutMs: 10_000,
};

export type AlertmanagerSettingsResult =
  | { readonly settings: AlertmanagerSettings; readonly problems?: undefined }
  | { readonly settings?: undefined; readonly problems: readonly string[] };

/** A tenant's `ruler_alertmanager_config` as written, which stands in the place of the ruler's own settings. */
export function parseAlertmanagerSettings(value: unknown): AlertmanagerSettingsResult {
  const path = 'ruler_alertmanager_config';
  const problems: string[] = [];
  const block = readBlock(value, path, problems);
  const client = readBlock(block.raw('alertmanager_client') ?? {}, `${path}.alertmanager_client`, problems);
  const relabelRules = parseRelabelRules(block.raw('alert_relabel_configs'), `${path}.alert_relabel_configs`);
  problems.push(...(relabelRules.problems ?? []));
  if (!block.boolean('enable_alertmanager_v2', true))
    problems.push(
      `${path}.enable_alertmanager_v2: Alertmanager has had no version 1 of its API since 0.27; leave it on`,
    );
  const settings: AlertmanagerSettings = {
    urls: splitUrls(block.text('alertmanager_url', '')),
    discovery: block.boolean('enable_alertmanager_discovery', false),
    refreshIntervalMs: block.durationMs('alertmanager_refresh_interval', defaultAlertmanagerSettings.refreshIntervalMs),
    authorization: {
      basic: { username: client.text('basic_auth_username', ''), password: client.text('basic_auth_password', '') },
      type: client.text('type', 'Bearer'),
      credentials: client.text('credentials', ''),
      credentialsFile: client.text('credentials_file', ''),
    },
    relabelRules: relabelRules.rules ?? [],
    queueCapacity: block.number('notification_queue_capacity', defaultAlertmanagerSettings.queueCapacity),
    timeoutMs: block.durationMs('notification_timeout', defaultAlertmanagerSettings.timeoutMs),
  };
  for (const url of settings.urls)
    if (!/^https?:\/\/[^/]/.test(url)) problems.push(`${path}.alertmanager_url: "${url}" is no http or https address`);
  for (const key of ['tls_cert_path', 'tls_key_path', 'tls_ca_path', 'tls_server_name', 'tls_insecure_skip_verify'])
    client.refuse(key, 'give the authority to the process with NODE_EXTRA_CA_CERTS');
  client.end();
  block.end();
  return problems.length > 0 ? { problems } : { settings };
}

/** `ruler.alertmanager_url`: addresses separated by commas. */
export function splitUrls(text: string): string[] {
  return text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
}
