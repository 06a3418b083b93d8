import { RequestError } from '../../model/failure.ts';
import { createLabels, type Labels, noLabels } from '../../model/labels.ts';
import type { TimeSpan } from './list-streams.ts';
import type { LokiSide } from './loki-side.ts';
import { splitLines } from './split-lines.ts';

/**
 * Reads one stream of a Loki whole, in the order of time, and gives every entry exactly once.
 *
 * Loki's API has no cursor, only times and a limit, so a page that was cut at its limit may have been cut between entries of
 * one nanosecond. Therefore a full page counts only up to its last timestamp, exclusive, and the next page begins there. When a
 * full page is all of one nanosecond, that nanosecond is read on its own, split by filters on the lines (`split-lines.ts`)
 * until every part fits into a page. What cannot be split, more entries with one line and one timestamp than the server gives
 * at once, is refused: nothing is left out in silence.
 */
export interface ReadEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly structuredMetadata: Labels;
}

export interface StreamPage {
  readonly entries: readonly ReadEntry[];
  /** Everything before this time was given, by this page and those before it. */
  readonly completeUntilNs: bigint;
}

/** Entries of `selector` and the line filters after it with start <= time < end, oldest first, at most `limit`. */
export type QueryEntries = (query: string, span: TimeSpan, limit: number) => Promise<readonly ReadEntry[]>;

export async function* readStream(
  query: QueryEntries,
  selector: string,
  span: TimeSpan,
  limit: number,
): AsyncGenerator<StreamPage> {
  let { startNs } = span;
  while (startNs < span.endNs) {
    const entries = await query(selector, { startNs, endNs: span.endNs }, limit);
    if (entries.length < limit) {
      yield { entries, completeUntilNs: span.endNs };
      return;
    }
    const lastNs = entries.at(-1)!.timestampNs;
    if (entries[0]!.timestampNs < lastNs) {
      const cut = entries.findIndex(({ timestampNs }) => timestampNs === lastNs);
      yield { entries: entries.slice(0, cut), completeUntilNs: lastNs };
      startNs = lastNs;
    } else {
      const all = await readInstant(query, selector, lastNs, limit, entries);
      startNs = lastNs + 1n;
      yield { entries: all, completeUntilNs: startNs };
    }
  }
}

/** All entries of one nanosecond, of which `seen` are the first `limit`. */
async function readInstant(
  query: QueryEntries,
  selector: string,
  timeNs: bigint,
  limit: number,
  seen: readonly ReadEntry[],
): Promise<ReadEntry[]> {
  const split = splitLines(seen.map(({ line }) => line));
  const parts: ReadEntry[] = [];
  for (const [operator, uniform] of [
    ['|~', split.uniform],
    ['!~', false],
  ] as const) {
    const narrowed = `${selector} ${operator} ${JSON.stringify(split.expression)}`;
    const entries = await query(narrowed, { startNs: timeNs, endNs: timeNs + 1n }, limit);
    if (entries.length < limit) parts.push(...entries);
    else if (uniform) {
      throw new RequestError(
        400,
        `${selector} has at least ${limit} entries at ${timeNs} ns with the same line, different only in structured metadata. ` +
          'They cannot be read apart in pages of this size: raise max_entries_limit_per_query of the source, and --page with it.',
      );
    } else parts.push(...(await readInstant(query, narrowed, timeNs, limit, entries)));
  }
  return parts;
}

const categorizeLabels = { 'x-loki-response-encoding-flags': 'categorize-labels' };

/** Loki's refusal of a page says which limit it is; we say what to do about it. */
function explainLimit(error: unknown): never {
  if (!(error instanceof RequestError) || !error.message.startsWith('max entries limit per query exceeded'))
    throw error;
  throw new RequestError(error.status, `${error.message}. Ask for smaller pages: --page N.`);
}

interface StreamsAnswer {
  readonly data: {
    readonly encodingFlags?: readonly string[];
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string, { structuredMetadata?: Record<string, string> }?])[];
    }[];
  };
}

/**
 * Queries of a tenant. Loki 3 is asked to keep labels and structured metadata apart; one that does not know that header
 * answers with both in one map, and there what is no label of any stream (`names`) is metadata.
 */
export function entriesOf(side: LokiSide, tenant: string, names: ReadonlySet<string>): QueryEntries {
  return async (query, { startNs, endNs }, limit) => {
    const parameters = {
      query,
      start: String(startNs),
      end: String(endNs),
      limit: String(limit),
      direction: 'forward',
    };
    const answer = (await side
      .get(tenant, '/loki/api/v1/query_range', parameters, categorizeLabels)
      .catch(explainLimit)) as StreamsAnswer;
    const categorized = answer.data.encodingFlags?.includes('categorize-labels') ?? false;
    const entries: ReadEntry[] = [];
    for (const { stream, values } of answer.data.result) {
      const merged = categorized ? noLabels : createLabels(Object.entries(stream).filter(([name]) => !names.has(name)));
      for (const [time, line, parts] of values) {
        const metadata = parts?.structuredMetadata;
        entries.push({
          timestampNs: BigInt(time),
          line,
          structuredMetadata: metadata === undefined ? merged : createLabels(metadata),
        });
      }
    }
    if (answer.data.result.length < 2) return entries;
    return entries.sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0));
  };
}
