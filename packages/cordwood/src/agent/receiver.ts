import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';
import type { LogEntry } from './log-entry.ts';
import type { Metric, MetricRegistry } from './metrics.ts';

/** Takes entries. */
export interface LogsReceiver {
  /** Id of the component that it belongs to. */
  readonly componentId: string;
  /**
   * Resolves when the receiver takes more (back-pressure), not when the entries are delivered: for that it holds their
   * receipts. It must not change the entries and must not keep the array. Never rejects.
   */
  consume(entries: readonly LogEntry[]): Promise<void>;
}

const capsule = 'loki.LogsReceiver';

/** Type of `forward_to` elements. */
export const logsReceiverType = capsuleType<LogsReceiver>(capsule);

/** A receiver as a value of the language. */
export function receiverValue(receiver: LogsReceiver): Value {
  return capsuleValue(capsule, receiver);
}

/** What a component forwarded, by where to: the rates of the live graph. Alloy has no such metric; the prefix is that of its others. */
export const forwardedMetric = 'alloy_component_forwarded_entries_total';

/** Forwards to several receivers, one after another as in Alloy; each sees the same entries. */
export class Fanout {
  readonly #forwarded: Metric;
  #targets: readonly LogsReceiver[] = [];

  constructor(metrics: MetricRegistry) {
    this.#forwarded = metrics.counter(
      forwardedMetric,
      'Entries that a component handed on, by the receiving component.',
    );
  }

  set(targets: readonly LogsReceiver[]): void {
    this.#targets = targets;
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    for (const target of this.#targets) {
      this.#forwarded.add(entries.length, { to: target.componentId });
      await target.consume(entries);
    }
  }
}
