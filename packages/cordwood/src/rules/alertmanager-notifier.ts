import { labelsObject, printLabels } from '../model/labels.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import { type Clock, sleep } from '../world/clock.ts';
import type { ActiveAlert } from './alerting-rule.ts';

/** Alerts that wait for delivery; beyond it the oldest go, counted. Loki's ruler.notification_queue_capacity. */
const queueCapacity = 10_000;
/** Alerts in one request, as Prometheus sends them. */
const batchSize = 256;
const requestTimeoutMs = 10_000;
const retryDelayMinMs = 500;
const retryDelayMaxMs = 30_000;

export interface NotifierOptions {
  /** Base addresses of Alertmanagers; every one gets every alert, as they deduplicate among themselves. */
  readonly urls: readonly string[];
  /** `ruler.external_url`, the base of the links in alerts. */
  readonly externalUrl: string;
  readonly datasourceUid: string;
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly fetch?: typeof fetch;
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
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends alerts to Alertmanager's v2 API (https://prometheus.io/docs/alerting/latest/alerts_api/), each receiver at its own pace. */
export function createAlertmanagerNotifier(options: NotifierOptions): Notifier {
  const receivers = options.urls.map((url) => createReceiver(url.replace(/\/+$/, ''), options));
  return {
    notify(tenant, alerts, expression) {
      const generatorURL = exploreLink(options, expression);
      const messages = alerts.map((alert) => ({
        tenant,
        key: `${tenant} ${printLabels(alert.labels)}`,
        body: {
          labels: labelsObject(alert.labels),
          annotations: labelsObject(alert.annotations),
          startsAt: new Date(alert.firedAtMs ?? alert.activeAtMs).toISOString(),
          endsAt: new Date(alert.resolvedAtMs ?? alert.validUntilMs ?? alert.activeAtMs).toISOString(),
          generatorURL,
        },
      }));
      for (const receiver of receivers) receiver.add(messages);
    },
    statistics: () => receivers.map((receiver) => receiver.statistics()),
    async stop(timeoutMs) {
      await Promise.all(receivers.map((receiver) => receiver.stop(timeoutMs)));
    },
  };
}

function createReceiver(url: string, { clock, log, fetch: send = fetch }: NotifierOptions) {
  const queue = new Map<string, Message>();
  const abort = new AbortController();
  let stopping = false;
  let counts = { sent: 0, errors: 0, dropped: 0 };
  let draining: Promise<void> | undefined;

  /** One request: the oldest message's tenant, up to a batch. */
  async function sendBatch(): Promise<void> {
    const tenant = queue.values().next().value!.tenant;
    const batch = [...queue.values()].filter((message) => message.tenant === tenant).slice(0, batchSize);
    const response = await send(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
      body: JSON.stringify(batch.map((message) => message.body)),
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) throw new Error(`${response.status} ${text.trim()}`);
    // A refusal is final: sending the same again would block what stands behind it.
    if (!response.ok) {
      counts = { ...counts, errors: counts.errors + 1, dropped: counts.dropped + batch.length };
      log('error', 'Alertmanager refuses alerts', { url, status: response.status, error: text.trim().slice(0, 300) });
    } else {
      counts = { ...counts, sent: counts.sent + batch.length };
    }
    for (const message of batch) if (queue.get(message.key) === message) queue.delete(message.key);
  }

  async function drain(): Promise<void> {
    let delayMs = retryDelayMinMs;
    while (queue.size > 0 && !abort.signal.aborted) {
      try {
        await sendBatch();
        delayMs = retryDelayMinMs;
      } catch (error) {
        if (abort.signal.aborted) return;
        counts = { ...counts, errors: counts.errors + 1 };
        log('warn', 'Alertmanager does not take alerts', { url, error: (error as Error).message, waiting: queue.size });
        if (stopping) return;
        await sleep(clock, delayMs, abort.signal);
        delayMs = Math.min(delayMs * 2, retryDelayMaxMs);
      }
    }
  }

  function kick(): void {
    draining ??= drain().finally(() => {
      draining = undefined;
      if (queue.size > 0 && !abort.signal.aborted && !stopping) kick();
    });
  }

  return {
    add(messages: readonly Message[]): void {
      for (const message of messages) {
        queue.delete(message.key);
        queue.set(message.key, message);
      }
      while (queue.size > queueCapacity) {
        queue.delete(queue.keys().next().value!);
        counts = { ...counts, dropped: counts.dropped + 1 };
      }
      kick();
    },
    statistics: () => ({ url, ...counts, queued: queue.size }),
    async stop(timeoutMs: number): Promise<void> {
      stopping = true;
      if (queue.size > 0) kick();
      const timer = setTimeout(() => abort.abort(), timeoutMs);
      await draining;
      clearTimeout(timer);
      abort.abort();
    },
  };
}

/** Grafana's Explore with the rule's query, as Loki's ruler links it. */
function exploreLink({ externalUrl, datasourceUid }: NotifierOptions, expression: string): string {
  const datasource = datasourceUid === '' ? {} : { datasource: { type: 'loki', uid: datasourceUid } };
  const state = { queries: [{ ...datasource, expr: expression, queryType: 'range' }] };
  return `${externalUrl.replace(/\/+$/, '')}/explore?left=${encodeURIComponent(JSON.stringify(state))}`;
}
