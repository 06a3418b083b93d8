import { resolveSrv } from 'node:dns/promises';
import { relabel } from '../extract/relabel.ts';
import { createLabels, type Labels, labelsObject, overlayLabels, printLabels } from '../model/labels.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import { type Clock, sleep } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { ActiveAlert } from './alerting-rule.ts';
import { type AlertmanagerSettings, defaultAlertmanagerSettings } from './alertmanager-settings.ts';
import { authorizationHeader } from './http-authorization.ts';

/** Alerts in one request, as Prometheus sends them. */
const batchSize = 256;
const retryDelayMinMs = 500;
const retryDelayMaxMs = 30_000;

export interface NotifierOptions extends Partial<AlertmanagerSettings> {
  readonly urls: readonly string[];
  /** A tenant's own settings, which stand in the place of these. */
  readonly settingsFor?: (tenant: Tenant) => AlertmanagerSettings | undefined;
  /** Added to every alert that has no label of that name. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** `ruler.external_url`, the base of the links in alerts. */
  readonly externalUrl: string;
  readonly datasourceUid: string;
  /** For credentials that are kept in files. */
  readonly disk?: Disk;
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly fetch?: typeof fetch;
  /** For discovery: the hosts and ports of an SRV name (node:dns by default). */
  readonly resolveSrv?: (name: string) => Promise<readonly { readonly name: string; readonly port: number }[]>;
}

export interface NotifierStatistics {
  readonly url: string;
  readonly sent: number;
  readonly errors: number;
  readonly dropped: number;
  readonly queued: number;
}

export interface Notifier {
  notify(tenant: Tenant, alerts: readonly ActiveAlert[], expression: string): void;
  statistics(): readonly NotifierStatistics[];
  /** Tries to deliver what waits, for at most `timeoutMs`, then gives up. */
  stop(timeoutMs: number): Promise<void>;
}

interface Message {
  readonly tenant: Tenant;
  /** Alerts with equal keys replace one another in the queue: only the newest state matters. */
  readonly key: string;
  readonly body: AlertNotification;
}

/** One alert as the v2 API takes it. */
export interface AlertNotification {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

/** `labels` are those of the alert with external labels, relabelled. */
export function notificationOf(alert: ActiveAlert, labels: Labels, generatorURL: string): AlertNotification {
  return {
    labels: labelsObject(labels),
    annotations: labelsObject(alert.annotations),
    startsAt: new Date(alert.firedAtMs ?? alert.activeAtMs).toISOString(),
    endsAt: new Date(alert.resolvedAtMs ?? alert.validUntilMs ?? alert.activeAtMs).toISOString(),
    generatorURL,
  };
}

/** Sends alerts to Alertmanager's v2 API (https://prometheus.io/docs/alerting/latest/alerts_api/), each receiver at its own pace. */
export function createAlertmanagerNotifier(options: NotifierOptions): Notifier {
  const ownSettings: AlertmanagerSettings = { ...defaultAlertmanagerSettings, ...options };
  const externalLabels = createLabels(options.externalLabels ?? {});
  const receivers = new Map<string, Receiver>();
  const discovered = new Map<string, { urls: readonly string[]; atMs: number }>();

  function receiverOf(url: string, settings: AlertmanagerSettings): Receiver {
    // Tenants that share an address and what belongs to it share its queue.
    const key = JSON.stringify([url, settings.authorization, settings.queueCapacity, settings.timeoutMs]);
    const known = receivers.get(key);
    if (known) return known;
    const receiver = new Receiver(url.replace(/\/+$/, ''), settings, options);
    receivers.set(key, receiver);
    return receiver;
  }

  async function discover(url: string, refreshIntervalMs: number): Promise<readonly string[]> {
    const known = discovered.get(url);
    if (known && options.clock.monotonicMs() - known.atMs < refreshIntervalMs) return known.urls;
    const address = new URL(url);
    try {
      const records = await (options.resolveSrv ?? resolveSrv)(address.hostname);
      const urls = records.map(({ name, port }) => `${address.protocol}//${name}:${port}${address.pathname}`);
      discovered.set(url, { urls, atMs: options.clock.monotonicMs() });
      return urls;
    } catch (error) {
      options.log('error', 'Alertmanagers cannot be looked up', { url, error: (error as Error).message });
      return known?.urls ?? [];
    }
  }

  return {
    notify(tenant, alerts, expression) {
      const settings = options.settingsFor?.(tenant) ?? ownSettings;
      const generatorURL = exploreLink(options, expression);
      const messages = alerts.flatMap((alert): Message[] => {
        const labels = relabel(overlayLabels(externalLabels, alert.labels), settings.relabelRules, 'legacy');
        if (labels === undefined) return [];
        return [{ tenant, key: `${tenant} ${printLabels(labels)}`, body: notificationOf(alert, labels, generatorURL) }];
      });
      if (messages.length === 0) return;
      const send = (urls: readonly string[]) => {
        for (const url of urls) receiverOf(url, settings).add(messages);
      };
      if (!settings.discovery) send(settings.urls);
      else for (const url of settings.urls) void discover(url, settings.refreshIntervalMs).then(send);
    },
    statistics: () => [...receivers.values()].map((receiver) => receiver.statistics()),
    async stop(timeoutMs) {
      await Promise.all([...receivers.values()].map((receiver) => receiver.stop(timeoutMs)));
    },
  };
}

/** One Alertmanager: what waits for it, and the loop that sends it. */
class Receiver {
  readonly #url: string;
  readonly #settings: AlertmanagerSettings;
  readonly #options: NotifierOptions;
  readonly #queue = new Map<string, Message>();
  readonly #abort = new AbortController();
  /** Ends a wait between two attempts. */
  readonly #hurry = new AbortController();
  #stopping = false;
  #sent = 0;
  #errors = 0;
  #dropped = 0;
  #draining: Promise<void> | undefined;

  constructor(url: string, settings: AlertmanagerSettings, options: NotifierOptions) {
    this.#url = url;
    this.#settings = settings;
    this.#options = options;
  }

  add(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#queue.delete(message.key);
      this.#queue.set(message.key, message);
    }
    while (this.#queue.size > this.#settings.queueCapacity) {
      this.#queue.delete(this.#queue.keys().next().value!);
      this.#dropped++;
    }
    this.#kick();
  }

  statistics(): NotifierStatistics {
    return { url: this.#url, sent: this.#sent, errors: this.#errors, dropped: this.#dropped, queued: this.#queue.size };
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    this.#hurry.abort();
    if (this.#queue.size > 0) this.#kick();
    const cancel = this.#options.clock.after(timeoutMs, () => this.#abort.abort());
    await this.#draining;
    cancel();
    this.#abort.abort();
  }

  #kick(): void {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.#queue.size > 0 && !this.#abort.signal.aborted && !this.#stopping) this.#kick();
    });
  }

  async #drain(): Promise<void> {
    const { log, clock } = this.#options;
    let delayMs = retryDelayMinMs;
    while (this.#queue.size > 0 && !this.#abort.signal.aborted) {
      try {
        await this.#sendBatch();
        delayMs = retryDelayMinMs;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#errors++;
        const { message, cause } = error as Error;
        log('warn', 'Alertmanager does not take alerts', {
          url: this.#url,
          error: cause instanceof Error ? `${message}: ${cause.message}` : message,
          waiting: this.#queue.size,
        });
        if (this.#stopping) return;
        await sleep(clock, delayMs, this.#hurry.signal);
        delayMs = Math.min(delayMs * 2, retryDelayMaxMs);
      }
    }
  }

  /** One request: the oldest message's tenant, up to a batch. */
  async #sendBatch(): Promise<void> {
    const { tenant } = this.#queue.values().next().value!;
    const batch: Message[] = [];
    for (const message of this.#queue.values()) {
      if (message.tenant === tenant && batch.push(message) === batchSize) break;
    }
    const { status, text } = await this.#post(tenant, JSON.stringify(batch.map(({ body }) => body)));
    if (status >= 500 || status === 429) throw new Error(`${status} ${text.trim().slice(0, 300)}`);
    if (status >= 200 && status < 300) this.#sent += batch.length;
    else {
      // A refusal is final: sending the same again would block what stands behind it.
      this.#errors++;
      this.#dropped += batch.length;
      const fields = { url: this.#url, status, error: text.trim().slice(0, 300) };
      this.#options.log('error', 'Alertmanager refuses alerts', fields);
    }
    for (const message of batch) if (this.#queue.get(message.key) === message) this.#queue.delete(message.key);
  }

  async #post(tenant: Tenant, body: string): Promise<{ status: number; text: string }> {
    const { disk, clock, fetch: send = fetch } = this.#options;
    const { authorization, timeoutMs } = this.#settings;
    const authorizationText = disk && (await authorizationHeader(authorization, disk));
    const timeout = new AbortController();
    const cancel = clock.after(timeoutMs, () => timeout.abort(new Error(`no answer in ${timeoutMs} ms`)));
    try {
      const response = await send(`${this.#url}/api/v2/alerts`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-scope-orgid': tenant,
          ...(authorizationText === undefined ? {} : { authorization: authorizationText }),
        },
        body,
        signal: AbortSignal.any([this.#abort.signal, timeout.signal]),
      });
      return { status: response.status, text: await response.text() };
    } finally {
      cancel();
    }
  }
}

/** Grafana's Explore with the rule's query, as Loki's ruler links it. */
export function exploreLink(
  { externalUrl, datasourceUid }: Pick<NotifierOptions, 'externalUrl' | 'datasourceUid'>,
  expression: string,
): string {
  const datasource = datasourceUid === '' ? {} : { datasource: { type: 'loki', uid: datasourceUid } };
  const state = { queries: [{ ...datasource, expr: expression, queryType: 'range' }] };
  return `${externalUrl.replace(/\/+$/, '')}/explore?left=${encodeURIComponent(JSON.stringify(state))}`;
}
