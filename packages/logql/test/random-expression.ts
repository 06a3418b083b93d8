import type {
  BinaryOperator,
  Expression,
  Grouping,
  LabelFilter,
  LogExpression,
  LogRange,
  Matcher,
  MatchOperator,
  MetricExpression,
  RangeOperation,
  Stage,
  Unwrap,
  VectorMatching,
  VectorOperation,
} from '../src/index.ts';
import { writableStages } from '../src/print.ts';
import type { Random } from './random.ts';

const span = { start: 0, end: 0 };
const matchOperators: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
const comparisons = ['==', '!=', '>', '>=', '<', '<='] as const;

/** Trees that a query text can have: every kind of node, values that need quoting, numbers of all sizes. */
export function randomExpression(random: Random, depth = 4): Expression {
  const log = random.chance(0.3);
  if (log) return randomLog(random);
  if (random.chance(0.03)) {
    const variants = random.list(1, 3, () => randomMetric(random, depth - 1));
    return { kind: 'variants', variants, of: randomRange(random, false), span };
  }
  return randomMetric(random, depth);
}

function randomName(random: Random): string {
  return random.pick(['app', 'env', 'level', '_x', 'rate', 'ip', 'bytes', 'sum', 'Größe', 'a1', 'vector', 'duration']);
}

function randomText(random: Random): string {
  const pieces = [
    'a',
    'error',
    ' ',
    '"',
    '\\',
    '`',
    '\n',
    '\t',
    '\u0001',
    'ü',
    '☀',
    '😀',
    '\u00a0',
    '{{.x}}',
    "'",
    '#',
    '//',
    '',
  ];
  return random.list(0, 4, () => random.pick(pieces)).join('');
}

function randomMatcher(random: Random): Matcher {
  const operator = random.pick(matchOperators);
  const regular = operator === '=~' || operator === '!~';
  const value = regular ? random.pick(['a.*', 'a|b', '(?i)x+', '[^"]', '\\d{2,3}', '']) : randomText(random);
  return { kind: 'matcher', name: randomName(random), operator, value, span };
}

export function randomLog(random: Random): LogExpression {
  const matchers = [{ kind: 'matcher', name: 'app', operator: '=', value: 'x', span } as const].concat(
    random.list(0, 2, () => randomMatcher(random)) as never[],
  );
  return {
    kind: 'log',
    selector: { kind: 'selector', matchers, span },
    stages: writableStages(random.list(0, 4, () => randomStage(random))),
    span,
  };
}

function randomStage(random: Random): Stage {
  const extractions = () =>
    random.list(0, 2, () => ({ name: randomName(random), expression: random.pick(['a.b[0]', '["x y"]', 'a']), span }));
  const stages: readonly (() => Stage)[] = [
    () => {
      const operator = random.pick(['|=', '!=', '|~', '!~', '|>', '!>'] as const);
      const text = () =>
        ({ '~': random.pick(['a+', 'x|y', '']), '>': random.pick(['<_> x', 'a<_>', '']), '=': randomText(random) })[
          operator[1]!
        ]!;
      const operand = () => ({ ip: false, text: text(), span });
      const ip = operator[1] === '=' && random.chance(0.2);
      if (ip) return { kind: 'lineFilter', operator, operands: [{ ip: true, text: '10.0.0.0/8', span }], span };
      const operands = operator.startsWith('!') ? [operand()] : random.list(1, 3, operand);
      return { kind: 'lineFilter', operator, operands, span };
    },
    () => ({ kind: 'json', extractions: extractions(), span }),
    () => ({
      kind: 'logfmt',
      strict: random.chance(0.5),
      keepEmpty: random.chance(0.5),
      extractions: random.list(0, 2, () => ({
        name: randomName(random),
        expression: random.pick(['a', '"b c"']),
        span,
      })),
      span,
    }),
    () => ({ kind: 'regexp', pattern: random.pick(['(?P<x>.*)', '"(?P<y>[^"]+)" (?P<z>\\w+)']), span }),
    () => ({ kind: 'pattern', pattern: random.pick(['<a> <b>', '<_> "<x>"', 'é<y>']), span }),
    () => ({ kind: 'unpack', span }),
    () => ({ kind: 'decolorize', span }),
    () => ({ kind: 'labelFilter', filter: randomLabelFilter(random, 3), span }),
    () => ({ kind: 'lineFormat', template: randomText(random), span }),
    () => ({
      kind: 'labelFormat',
      operations: ['p', 'q', 'r']
        .slice(0, 1 + random.integer(3))
        .map((name) =>
          random.chance(0.5)
            ? { kind: 'rename' as const, name, from: randomName(random), span }
            : { kind: 'template' as const, name, template: randomText(random), span },
        ),
      span,
    }),
    () => ({
      kind: random.pick(['drop', 'keep'] as const),
      labels: random.list(1, 3, () => randomSelection(random)),
      span,
    }),
  ];
  return random.pick(stages)();
}

function randomSelection(random: Random) {
  const matcher = random.chance(0.5) ? randomMatcher(random) : undefined;
  return { name: matcher?.name ?? randomName(random), matcher, span };
}

function randomLabelFilter(random: Random, depth: number): LabelFilter {
  if (depth > 0 && random.chance(0.4)) {
    const [left, right] = [randomLabelFilter(random, depth - 1), randomLabelFilter(random, depth - 1)];
    return { kind: 'binary', operator: random.pick(['and', 'or']), left, right, span };
  }
  const name = randomName(random);
  const operator = random.pick(comparisons);
  switch (random.integer(5)) {
    case 0: {
      const { value, operator: match } = randomMatcher(random);
      return { kind: 'string', name, operator: match, value, span };
    }
    case 1:
      return { kind: 'number', name, operator, value: randomNumber(random), text: '', span };
    case 2: {
      const value = random.integer(1e6) * random.pick([1, 1e3, 1e6, 1e9, 3.6e9]) * random.pick([1, -1]) + 1;
      return { kind: 'duration', name, operator, value, text: '', span };
    }
    case 3:
      return { kind: 'bytes', name, operator, value: random.integer(1000) * 10 ** random.integer(10), text: '', span };
    default:
      return {
        kind: 'ip',
        name,
        operator: random.pick(['=', '!=']),
        pattern: random.pick(['::1', '10.0.0.1-10.0.0.9']),
        span,
      };
  }
}

function randomNumber(random: Random): number {
  return (
    random.pick([0, 1, 7, 0.5, 1e-9, 1e21, 123456.789, 2 ** 53, random.next() * 1e6]) * random.pick([1, 1, -1]) + 0
  );
}

function randomDuration(random: Random): bigint {
  return BigInt(random.integer(1000)) * random.pick([1_000_000n, 1_000_000_000n, 60_000_000_000n, 86_400_000_000_000n]);
}

function randomRange(random: Random, unwrapped: boolean): LogRange {
  const unwrap: Unwrap = {
    conversion: random.pick([undefined, 'bytes', 'duration', 'duration_seconds'] as const),
    label: randomName(random),
    filters: random.list(0, 2, () => ({ kind: 'labelFilter' as const, filter: randomLabelFilter(random, 1), span })),
    span,
  };
  return {
    kind: 'logRange',
    log: randomLog(random),
    unwrap: unwrapped ? unwrap : undefined,
    rangeNs: randomDuration(random),
    offsetNs: random.chance(0.3) ? randomDuration(random) * random.pick([1n, -1n]) : 0n,
    span,
  };
}

const plain: readonly RangeOperation[] = [
  'count_over_time',
  'rate',
  'bytes_over_time',
  'bytes_rate',
  'absent_over_time',
];
const ungrouped: readonly RangeOperation[] = ['sum_over_time', 'rate', 'rate_counter', 'absent_over_time'];
const grouped: readonly RangeOperation[] = [
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'first_over_time',
  'last_over_time',
  'quantile_over_time',
];
const vectorOperations: readonly VectorOperation[] = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
];
const operators: readonly BinaryOperator[] = [
  ...(['or', 'and', 'unless', '==', '!=', '>', '>=', '<', '<='] as const),
  ...(['+', '-', '*', '/', '%', '^'] as const),
];

function randomGrouping(random: Random, labelsMin: number): Grouping {
  return { without: random.chance(0.5), labels: random.list(labelsMin, 3, () => randomName(random)), span };
}

function randomMetric(random: Random, depth: number): MetricExpression {
  switch (depth <= 0 ? 0 : random.integer(6)) {
    case 1: {
      const operation = random.pick(vectorOperations);
      const ranked = operation === 'topk' || operation === 'bottomk';
      return {
        kind: 'vectorAggregation',
        operation,
        parameter: ranked ? 1 + random.integer(20) : undefined,
        operand: randomMetric(random, depth - 1),
        grouping: random.chance(0.5) ? randomGrouping(random, 1) : undefined,
        span,
      };
    }
    case 2:
    case 3: {
      const operator = random.pick(operators);
      const left = randomMetric(random, depth - 1);
      const mayHaveNumber = operator !== 'and' && operator !== 'or' && operator !== 'unless';
      const right: MetricExpression =
        mayHaveNumber && random.chance(0.3)
          ? { kind: 'literal', value: randomNumber(random), span }
          : randomMetric(random, depth - 1);
      const returnBool = random.chance(0.2);
      return { kind: 'binaryExpression', operator, left, right, returnBool, matching: randomMatching(random), span };
    }
    case 4:
      return {
        kind: 'labelReplace',
        operand: { ...randomRangeAggregation(random) },
        destination: randomText(random),
        replacement: '$1',
        source: randomText(random),
        pattern: random.pick(['(.*)', 'a"b']),
        span,
      };
    case 5:
      return { kind: 'vector', value: Math.abs(randomNumber(random)), span };
    default:
      return randomRangeAggregation(random);
  }
}

function randomMatching(random: Random): VectorMatching | undefined {
  if (random.chance(0.7)) return undefined;
  const on = random.chance(0.5);
  const labels = random.list(on ? 0 : 1, 2, () => randomName(random));
  const group = random.pick([undefined, 'left', 'right'] as const);
  return { on, labels, group, include: group ? random.list(0, 2, () => randomName(random)) : [] };
}

function randomRangeAggregation(random: Random): MetricExpression {
  const [operations, unwrapped] = random.pick([
    [plain, false],
    [ungrouped, true],
    [grouped, true],
  ] as const);
  const operation = random.pick(operations);
  return {
    kind: 'rangeAggregation',
    operation,
    parameter: operation === 'quantile_over_time' ? random.pick([0, 0.5, 0.99, 1, 2.5]) : undefined,
    range: randomRange(random, unwrapped),
    grouping: operations === grouped && random.chance(0.5) ? randomGrouping(random, 0) : undefined,
    span,
  };
}
