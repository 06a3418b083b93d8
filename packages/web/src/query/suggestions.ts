/** The list under the caret: names and values that fit, best first. */
import type { RangeOperation, Stage, VectorOperation } from '@cordwood/logql';
import type { CompletionContext } from './completion-context.ts';

export interface Suggestion {
  readonly label: string;
  readonly detail: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  /** Whether more can be suggested right behind it: a label wants its value. */
  readonly goesOn: boolean;
}

export interface SuggestionSource {
  readonly labelNames: readonly string[];
  /** Values of the label or field that the context names. */
  readonly values: readonly string[];
  /** Fields seen in the lines on the screen, and structured metadata. */
  readonly fields: readonly string[];
}

const rangeOperations: Record<RangeOperation, string> = {
  rate: 'lines per second',
  count_over_time: 'number of lines',
  bytes_over_time: 'bytes of the lines',
  bytes_rate: 'bytes per second',
  sum_over_time: 'sum of an unwrapped field',
  avg_over_time: 'mean of an unwrapped field',
  max_over_time: 'largest value',
  min_over_time: 'smallest value',
  quantile_over_time: 'quantile of an unwrapped field',
  first_over_time: 'first value',
  last_over_time: 'last value',
  stddev_over_time: 'standard deviation',
  stdvar_over_time: 'variance',
  rate_counter: 'increase of a counter per second',
  absent_over_time: '1 when there are no lines',
};
const vectorOperations: Record<VectorOperation, string> = {
  sum: 'sum over series',
  avg: 'mean over series',
  max: 'largest series',
  min: 'smallest series',
  count: 'number of series',
  topk: 'the k largest',
  bottomk: 'the k smallest',
  stddev: 'standard deviation over series',
  stdvar: 'variance over series',
  sort: 'by value',
  sort_desc: 'by value, largest first',
  approx_topk: 'the k largest, estimated',
};
const withParameter: ReadonlySet<string> = new Set(['topk', 'bottomk', 'approx_topk', 'quantile_over_time']);

type NamedStage = Exclude<Stage['kind'], 'lineFilter' | 'labelFilter'>;
const stages: Record<NamedStage | 'unwrap', readonly [string, string]> = {
  json: ['json', 'fields of a JSON line as labels'],
  logfmt: ['logfmt', 'key=value pairs as labels'],
  pattern: ['pattern "', 'parts of the line by a pattern'],
  regexp: ['regexp "', 'named groups as labels'],
  unpack: ['unpack', 'labels packed by promtail'],
  lineFormat: ['line_format "', 'another text for the line'],
  labelFormat: ['label_format ', 'rename or compute labels'],
  decolorize: ['decolorize', 'without terminal colours'],
  drop: ['drop ', 'without these labels'],
  keep: ['keep ', 'only these labels'],
  unwrap: ['unwrap ', 'a field as the value of a metric query'],
};

const lineFilters: readonly (readonly [string, string])[] = [
  ['|= "', 'line contains'],
  ['|~ "', 'line matches'],
];

const durations = ['1m', '5m', '10m', '30m', '1h', '6h', '1d'];
const suggestionsMax = 40;

export function suggestionsFor(
  context: CompletionContext,
  source: SuggestionSource,
  text: string,
): readonly Suggestion[] {
  const { from, to, typed } = context;
  const next = text.slice(to).trimStart()[0] ?? '';
  const make = (label: string, detail: string, insert: string, goesOn = false): Suggestion => ({
    label,
    detail,
    insert,
    from,
    to,
    goesOn,
  });
  const all = (): Suggestion[] => {
    switch (context.kind) {
      case 'start':
        return [
          make('{', 'a stream selector', '{', true),
          ...Object.entries(rangeOperations).map(([name, detail]) => make(name, detail, `${name}(`, true)),
          ...Object.entries(vectorOperations).map(([name, detail]) =>
            make(name, detail, withParameter.has(name) ? `${name}(10, ` : `${name} (`, true),
          ),
        ];
      case 'labelName':
        return source.labelNames.map((name) =>
          make(name, 'label', next === '=' || next === '!' ? name : `${name}="`, true),
        );
      case 'labelValue':
      case 'fieldValue': {
        const quote = text[from - 1] === '`' ? '`' : '"';
        const close = text[to] === quote ? '' : quote;
        return source.values.map((value) => make(value, '', `${escapeFor(quote, value)}${close}`));
      }
      case 'stage':
        return [
          ...source.fields.map((name) => make(name, 'field', `${name}="`, true)),
          ...Object.values(stages).map(([insert, detail]) =>
            make(insert.replace(/[ "]+$/, ''), detail, insert, insert.endsWith(' ')),
          ),
          // The bar stands there already.
          ...lineFilters.map(([insert, detail]) => make(insert.slice(0, 2), detail, insert.slice(1))),
        ];
      case 'fieldName':
        return [...new Set([...source.fields, ...source.labelNames])].map((name) => make(name, '', name));
      case 'duration':
        return durations.map((duration) => make(duration, '', next === ']' ? duration : `${duration}]`));
    }
  };
  const wanted = typed.toLowerCase();
  return all()
    .map((suggestion) => ({ suggestion, rank: rankOf(suggestion.label.toLowerCase(), wanted) }))
    .filter(({ rank, suggestion }) => rank < 3 && !(suggestion.label === typed && suggestion.insert === typed))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, suggestionsMax)
    .map(({ suggestion }) => suggestion);
}

/** 0 begins with what was typed, 1 a word in it does, 2 contains it, 3 does not. */
function rankOf(label: string, wanted: string): number {
  if (wanted === '' || label.startsWith(wanted)) return 0;
  const index = label.indexOf(wanted);
  if (index < 0) return 3;
  return /[^a-z0-9]/.test(label[index - 1]!) ? 1 : 2;
}

function escapeFor(quote: '"' | '`', value: string): string {
  return quote === '`' ? value : JSON.stringify(value).slice(1, -1);
}
