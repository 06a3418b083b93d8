import { printLabels } from '../model/labels.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Clock } from '../world/clock.ts';
import { type Disk, parentDirectory, replaceFile } from '../world/disk.ts';
import type { ActiveAlerts } from './alerting-rule.ts';
import type { Rule } from './rule-group.ts';
import type { SavedAlerts } from './ruler.ts';

/** An alert that nobody looked at for longer than this starts afresh. */
const defaultOutageToleranceMs = 3_600_000;
/** Alerts change rarely and survive the loss of the last seconds: one write in this time is enough. */
const saveEveryMs = 5_000;

/**
 * The alerts that were active, so that a restart does not begin every `for` again.
 *
 * Loki re-evaluates the rule at (now - for) instead, which forgets when an alert really began and asks for logs that may be gone. A
 * file is exact; it is a promise of ours, not a difference that a receiver could see.
 */
export interface AlertStateFile {
  open(): Promise<void>;
  /** What an earlier process knew of a rule's alerts; given once. */
  restore(
    tenant: Tenant,
    namespace: string,
    group: string,
    index: number,
    rule: Rule,
    nowMs: number,
  ): { readonly alerts: ActiveAlerts; readonly lastEvaluationMs: number } | undefined;
  /** `state` is asked for only when it is time to write. */
  save(state: () => readonly SavedAlerts[], options?: { readonly now: boolean }): Promise<void>;
}

const formatVersion = 1;

/** @param outageToleranceMs `ruler.for_outage_tolerance` */
export function createAlertStateFile(
  disk: Disk,
  path: string,
  clock: Clock,
  log: LogMessage,
  outageToleranceMs: number = defaultOutageToleranceMs,
): AlertStateFile {
  let saved: readonly SavedAlerts[] = [];
  let lastText = '';
  let lastSaveMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();
  const isRecent = (entry: SavedAlerts, nowMs: number) => nowMs - entry.lastEvaluationMs <= outageToleranceMs;

  return {
    async open() {
      try {
        const bytes = await disk.readFile(path);
        if (bytes === undefined) return;
        const content = JSON.parse(new TextDecoder().decode(bytes), readNumber) as {
          version: number;
          alerts: SavedAlerts[];
        };
        if (content.version !== formatVersion || !Array.isArray(content.alerts)) throw new Error('another format');
        saved = content.alerts;
      } catch (error) {
        log('warn', 'the state of alerts cannot be read; alerts start afresh', {
          path,
          error: (error as Error).message,
        });
      }
    },
    restore(tenant, namespace, group, index, rule, nowMs) {
      const found = saved.find(
        (entry) =>
          entry.tenant === tenant &&
          entry.namespace === namespace &&
          entry.group === group &&
          entry.index === index &&
          JSON.stringify(entry.rule) === JSON.stringify(rule) &&
          isRecent(entry, nowMs),
      );
      if (found === undefined) return undefined;
      saved = saved.filter((entry) => entry !== found);
      const alerts = new Map(found.alerts.map((alert) => [printLabels(alert.labels), alert]));
      return { alerts, lastEvaluationMs: found.lastEvaluationMs };
    },
    save(state, { now } = { now: false }) {
      if (!now && clock.monotonicMs() - lastSaveMs < saveEveryMs) return writing;
      // What nobody has asked for yet may belong to rules that cannot be read at the moment.
      const nowMs = Number(clock.nowNs() / 1_000_000n);
      const alerts = [...state(), ...saved.filter((entry) => isRecent(entry, nowMs))];
      const text = JSON.stringify({ version: formatVersion, alerts }, writeNumber);
      if (text === lastText) return writing;
      lastText = text;
      lastSaveMs = clock.monotonicMs();
      writing = writing.then(async () => {
        try {
          await disk.createDirectory(parentDirectory(path));
          await replaceFile(disk, path, [new TextEncoder().encode(text)]);
        } catch (error) {
          log('error', 'the state of alerts cannot be written', { path, error: (error as Error).message });
        }
      });
      return writing;
    },
  };
}

/** JSON has no NaN and no infinities, and alerts may have them as their value. */
function writeNumber(key: string, value: unknown): unknown {
  return key === 'value' && typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}

function readNumber(key: string, value: unknown): unknown {
  if (key !== 'value' || typeof value !== 'object' || value === null || !('number' in value)) return value;
  return Number(value.number);
}
