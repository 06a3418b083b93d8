import { printGoFloat } from '../extract/go-number.ts';
import type { Label, Labels } from '../model/labels.ts';
import type { QueryResult, ResultEntry, ResultStream } from '../query/request.ts';
import { goJson } from './go-json.ts';
import { apiLimits } from './limits.ts';
import { queryStatistics } from './query-statistics.ts';

/**
 * The answer of `query` and `query_range` as Loki writes it (loki.md 1.4), in pieces: a result of hundreds of megabytes never
 * becomes one string.
 */
export function* encodeResult(
  result: QueryResult & { readonly queueMs?: number },
  encodingFlags: readonly string[],
): Generator<string> {
  const pieces = new Pieces();
  const warnings = result.warnings.length > 0 ? `"warnings":${goJson(result.warnings)},` : '';
  const flags =
    result.kind === 'streams' && encodingFlags.length > 0 ? `"encodingFlags":${goJson(encodingFlags)},` : '';
  pieces.add(`{"status":"success",${warnings}"data":{"resultType":"${result.kind}",${flags}"result":`);
  switch (result.kind) {
    case 'streams':
      yield* encodeStreams(result.streams, encodingFlags.includes(categorizeLabels), pieces);
      break;
    case 'matrix':
      pieces.add('[');
      for (const [i, series] of result.series.entries()) {
        pieces.add(`${i > 0 ? ',' : ''}{"metric":${labelsJson(series.labels)},"values":[`);
        for (let point = 0; point < series.values.length; point++) {
          const sample = `[${series.timestampsMs[point]! / 1000},"${printGoFloat(series.values[point]!)}"]`;
          pieces.add(point > 0 ? `,${sample}` : sample);
          if (pieces.full) yield pieces.take();
        }
        pieces.add(']}');
      }
      pieces.add(']');
      break;
    case 'vector':
      pieces.add('[');
      for (const [i, sample] of result.samples.entries()) {
        const value = `[${sample.timestampMs / 1000},"${printGoFloat(sample.value)}"]`;
        pieces.add(`${i > 0 ? ',' : ''}{"metric":${labelsJson(sample.labels)},"value":${value}}`);
        if (pieces.full) yield pieces.take();
      }
      pieces.add(']');
      break;
    case 'scalar':
      pieces.add(`[${result.timestampMs / 1000},"${printGoFloat(result.value)}"]`);
      break;
  }
  if (result.plan !== undefined) pieces.add(`,"plan":${goJson(result.plan)}`);
  pieces.add(`,"stats":${goJson(queryStatistics(result.statistics, result.queueMs ?? 0))}}}\n`);
  yield pieces.take();
}

export const categorizeLabels = 'categorize-labels';

/** A list of streams: `[{"stream":{...},"values":[...]}, ...]`. The last piece stays in `pieces`. */
export function* encodeStreams(
  streams: readonly ResultStream[],
  categorize: boolean,
  pieces: Pieces,
): Generator<string> {
  pieces.add('[');
  for (const [i, stream] of streams.entries()) {
    const labels = labelsJson(categorize ? stream.streamLabels : stream.labels);
    pieces.add(`${i > 0 ? ',' : ''}{"stream":${labels},"values":[`);
    for (const [row, entry] of stream.entries.entries()) {
      if (row > 0) pieces.add(',');
      pieces.add(`["${entry.timestampNs}",${goJson(entry.line)}${categorize ? `,${categories(entry)}` : ''}]`);
      if (pieces.full) yield pieces.take();
    }
    pieces.add(']}');
  }
  pieces.add(']');
}

function categories(entry: ResultEntry): string {
  const parts: string[] = [];
  if (entry.structuredMetadata.length > 0) parts.push(`"structuredMetadata":${labelsJson(entry.structuredMetadata)}`);
  if (entry.parsed.length > 0) parts.push(`"parsed":${labelsJson(entry.parsed)}`);
  return `{${parts.join(',')}}`;
}

/** Text that is handed on when it has grown long enough to be worth a write. */
export class Pieces {
  #text = '';

  add(text: string): void {
    this.#text += text;
  }

  get full(): boolean {
    return this.#text.length >= apiLimits.answerPieceLength;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

const labelTexts = new WeakMap<Labels, string>();

/** A label set as JSON. Entries of a stream share their label sets, so the text of each set is made once. */
export function labelsJson(labels: Labels): string {
  if (labels.length === 0) return '{}';
  let text = labelTexts.get(labels);
  if (text === undefined) {
    text = `{${labels.map(labelJson).join(',')}}`;
    labelTexts.set(labels, text);
  }
  return text;
}

function labelJson(label: Label): string {
  return `${goJson(label.name)}:${goJson(label.value)}`;
}
