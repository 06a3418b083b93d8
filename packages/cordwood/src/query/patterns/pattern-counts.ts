import type { Batch } from '../../model/batch.ts';
import { labelValue } from '../../model/labels.ts';
import { lineTokens } from './line-tokens.ts';
import { messageOf } from './message.ts';
import { type Cluster, PatternMiner, patternText, wildcard } from './pattern-miner.ts';

/** One pattern of one level, with how many lines had it in each step. */
export interface PatternSeries {
  readonly pattern: string;
  readonly level: string;
  /** Ascending; only steps with lines. */
  readonly samples: readonly { readonly timestampMs: number; readonly count: number }[];
}

export interface PatternCountOptions {
  readonly stepNs: bigint;
  /** Fields of a JSON line that hold its message (`pattern_ingester_tokenizable_json_fields`). */
  readonly messageFields: readonly string[];
}

/** As Loki's pattern ingester keeps, drops and returns them (loki.md 1.8). */
const patternsPerStreamMax = 300;
const lineBytesMax = 3000;
const linesPerPatternMin = 30;
const patternsMax = 300;

/** Finds patterns in batches, per stream and level. */
export class PatternCounts {
  readonly #options: PatternCountOptions;
  readonly #miners = new Map<string, PatternMiner>();
  readonly #counts = new Map<Cluster, { level: string; wrapped: boolean; byStep: Map<bigint, number> }>();

  constructor(options: PatternCountOptions) {
    this.#options = options;
  }

  add(batch: Batch): void {
    const { bytes, starts, ends } = batch.lines();
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let row = 0; row < batch.rowCount; row++) {
      if (ends[row]! - starts[row]! > lineBytesMax) continue;
      const message = messageOf(buffer.toString('utf8', starts[row]!, ends[row]!), this.#options.messageFields);
      const tokens = message === undefined ? undefined : lineTokens(message.text);
      if (message === undefined || tokens === undefined) continue;
      const level = labelValue(batch.structuredMetadata(row), 'detected_level') || 'unknown';
      const cluster = this.#minerOf(batch.streams[batch.streamIndexes[row]!]!.id, level).add(tokens);
      if (cluster !== undefined) this.#count(cluster, level, message.partOfLine, batch.timestampsNs[row]!);
    }
  }

  #minerOf(stream: number, level: string): PatternMiner {
    const key = `${stream} ${level}`;
    let miner = this.#miners.get(key);
    if (miner === undefined) {
      miner = new PatternMiner({ patternsMax: patternsPerStreamMax });
      this.#miners.set(key, miner);
    }
    return miner;
  }

  #count(cluster: Cluster, level: string, wrapped: boolean, timestampNs: bigint): void {
    let counts = this.#counts.get(cluster);
    if (counts === undefined) {
      counts = { level, wrapped, byStep: new Map() };
      this.#counts.set(cluster, counts);
    }
    const step = timestampNs / this.#options.stepNs;
    counts.byStep.set(step, (counts.byStep.get(step) ?? 0) + 1);
  }

  /** The most frequent patterns first. */
  finish(): PatternSeries[] {
    const byPattern = new Map<string, { pattern: string; level: string; byStep: Map<bigint, number> }>();
    for (const [cluster, { level, wrapped, byStep }] of this.#counts) {
      const text = patternText(cluster);
      const pattern = wrapped ? wrap(text) : text;
      const key = `${level} ${pattern}`;
      let merged = byPattern.get(key);
      if (merged === undefined) {
        merged = { pattern, level, byStep: new Map() };
        byPattern.set(key, merged);
      }
      for (const [step, count] of byStep) merged.byStep.set(step, (merged.byStep.get(step) ?? 0) + count);
    }
    const total = (byStep: Map<bigint, number>) => [...byStep.values()].reduce((sum, count) => sum + count, 0);
    return [...byPattern.values()]
      .map((one) => ({ ...one, lines: total(one.byStep) }))
      .filter((one) => one.lines >= linesPerPatternMin)
      .sort((a, b) => b.lines - a.lines)
      .slice(0, patternsMax)
      .map(({ pattern, level, byStep }) => ({ pattern, level, samples: this.#samples(byStep) }));
  }

  #samples(byStep: ReadonlyMap<bigint, number>): PatternSeries['samples'] {
    return [...byStep]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([step, count]) => ({ timestampMs: Number((step * this.#options.stepNs) / 1_000_000n), count }));
  }
}

/** The message stands inside a line: something comes before and behind it. Two wildcards in a row would be no pattern. */
function wrap(text: string): string {
  const front = text.startsWith(wildcard) ? '' : wildcard;
  const back = text.endsWith(wildcard) ? '' : wildcard;
  return `${front}${text}${back}`;
}
