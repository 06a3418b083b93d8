import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';
import type { LogEntry } from './log-entry.ts';

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

/** Forwards to several receivers, one after another as in Alloy; each sees the same entries. */
export class Fanout {
  #targets: readonly LogsReceiver[] = [];
  /** Entries that went through, for the live graph. */
  forwarded = 0;

  get targets(): readonly LogsReceiver[] {
    return this.#targets;
  }

  set(targets: readonly LogsReceiver[]): void {
    this.#targets = targets;
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    this.forwarded += entries.length;
    for (const target of this.#targets) await target.consume(entries);
  }
}
