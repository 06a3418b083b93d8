/** Which stage did what to a line: the cause of a difference. */
import type { LabelSet } from '../../agent/label-set.ts';
import type { LogEntry } from '../../agent/log-entry.ts';
import type { ObservedStage } from '../../agent/pipeline.ts';
import { type Held, partsOf } from '../../agent/receipt.ts';
import { tenantLabel } from '../../agent/stages/tenant.ts';
import type { Labels } from '../../model/labels.ts';
import { Origin } from './origin.ts';

/** `line`, `timestamp`, `tenant`, `label NAME`, `metadata NAME`, `entry` (it ended there). */
export type Aspect = string;

interface Snapshot {
  readonly text: string;
  readonly labels: LabelSet;
  readonly metadata: Labels;
  readonly timestampNs: bigint;
}

/** Collects the last stage that touched each aspect of each line. */
export class Attribution {
  readonly #causes = new Map<Origin, Map<Aspect, string>>();
  readonly #before = new Map<LogEntry, Snapshot>();

  /** Takes what the agent observes. */
  observe(component: string, stage: ObservedStage, when: 'before' | 'after', entries: readonly LogEntry[]): void {
    // What a nested stage did is more exact than that stage.match did it.
    if (stage.name === 'stage.match') {
      if (when === 'after') return;
    } else if (when === 'before') {
      this.#before.clear();
    }
    const cause = `${component} ${stage.name}[${stage.index}]`;
    if (when === 'before') {
      for (const entry of entries) {
        if (stage.name !== 'stage.match') this.#before.set(entry, snapshot(entry));
        this.#note(entry, 'entry', cause);
      }
      return;
    }
    for (const entry of entries) {
      const before = this.#before.get(entry);
      if (before === undefined) this.#note(entry, 'line', cause);
      else this.#noteChanges(entry, before, cause);
    }
  }

  /** The stage that last touched an aspect of a line, or saw it at all. */
  causeOf(origin: Origin, aspect: Aspect): string | undefined {
    return this.#causes.get(origin)?.get(aspect);
  }

  #noteChanges(entry: LogEntry, before: Snapshot, cause: string): void {
    if (entry.text !== before.text) this.#note(entry, 'line', cause);
    if (entry.timestampNs !== before.timestampNs) this.#note(entry, 'timestamp', cause);
    if (entry.labels !== before.labels) {
      for (const name of changedNames(before.labels.labels, entry.labels.labels)) {
        this.#note(entry, name === tenantLabel ? 'tenant' : `label ${name}`, cause);
      }
    }
    if (entry.structuredMetadata !== before.metadata) {
      for (const name of changedNames(before.metadata, entry.structuredMetadata)) {
        this.#note(entry, `metadata ${name}`, cause);
      }
    }
  }

  #note(entry: Held, aspect: Aspect, cause: string): void {
    for (const { receipt } of partsOf(entry)) {
      if (!(receipt instanceof Origin)) continue;
      const causes = this.#causes.get(receipt) ?? new Map<Aspect, string>();
      causes.set(aspect, cause);
      this.#causes.set(receipt, causes);
    }
  }
}

function snapshot({ text, labels, structuredMetadata: metadata, timestampNs }: LogEntry): Snapshot {
  return { text, labels, metadata, timestampNs };
}

function changedNames(before: Labels, after: Labels): string[] {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  const now = new Map(after.map(({ name, value }) => [name, value]));
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}
