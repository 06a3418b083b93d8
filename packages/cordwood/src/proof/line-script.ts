import { compileTemplate } from '../extract/go-template/execute-template.ts';
import {
  CallError,
  type FunctionSet,
  type GoFunction,
  type GoValue,
  goFunction,
  stringMap,
} from '../extract/go-template/go-value.ts';
import { createLabels, type Labels } from '../model/labels.ts';
import { parseRuleDurationMs } from '../rules/prometheus-duration.ts';
import { type Random, randomInt } from '../world/random.ts';
import { UnusableTest } from './case-result.ts';
import type { YamlMap } from './yaml-map.ts';

/**
 * The `lines` of an input stream. A plain text is one line at the next multiple of the test's `interval`, as promtool spaces
 * samples; a mapping says when the line happened, when it arrived, and may stand for many lines.
 */
export interface LineScript {
  /** Undefined: the next multiple of the interval. */
  readonly atMs: number | undefined;
  /** When the store gets it; undefined: when it happened. */
  readonly arrivesMs: number | undefined;
  readonly line: string;
  readonly structuredMetadata: Labels;
  readonly repeat: Repeat | undefined;
  /** No line: the next one that names no time comes so much later. */
  readonly gapMs?: number;
}

export interface Repeat {
  readonly count: number;
  readonly everyMs: number;
}

export interface ScriptedLine {
  readonly atMs: number;
  readonly arrivesMs: number;
  readonly line: string;
  readonly structuredMetadata: Labels;
}

/** One generator may not fill the memory. */
const repeatCountMax = 1_000_000;
export const lineKeys = ['line', 'at', 'arrives', 'structured_metadata', 'repeat', 'gap'];

export function plainLine(line: string): LineScript {
  return { atMs: undefined, arrivesMs: undefined, line, structuredMetadata: [], repeat: undefined };
}

export function readLine(map: YamlMap): LineScript {
  if (map.has('gap')) {
    const mixed = lineKeys.find((key) => key !== 'gap' && map.has(key));
    if (mixed !== undefined) map.report(mixed, `a gap has no ${mixed}`);
    return { ...plainLine(''), gapMs: map.durationMs('gap') ?? 0 };
  }
  const repeat = readRepeat(map);
  const line = map.text('line');
  if (line === undefined) map.report(undefined, 'a line needs line', "an empty line is line: ''");
  if (repeat !== undefined) {
    const error = compileTemplate(
      'line',
      line ?? '',
      functions(() => 0),
    ).error;
    if (error !== undefined) map.report('line', `template: ${error}`);
  }
  return {
    atMs: map.durationMs('at'),
    arrivesMs: map.durationMs('arrives'),
    line: line ?? '',
    structuredMetadata: createLabels(map.texts('structured_metadata') ?? {}),
    repeat,
  };
}

function readRepeat(map: YamlMap): Repeat | undefined {
  const text = map.text('repeat');
  if (text === undefined) return undefined;
  const match = /^(\d+) lines? (over|every) (\S+)$/.exec(text);
  const durationMs = match === null ? undefined : parseRuleDurationMs(match[3]!);
  const count = Number(match?.[1]);
  if (match === null || durationMs === undefined || count < 1 || count > repeatCountMax) {
    map.report(
      'repeat',
      `cannot read the repetition "${text}"`,
      `like '500 lines over 5m' or '20 lines every 15s'; at most ${repeatCountMax}`,
    );
    return undefined;
  }
  return { count, everyMs: match[2] === 'every' ? durationMs : durationMs / count };
}

/**
 * The lines that a script stands for, in the order of the script. The same seed gives the same lines. `originMs` is what
 * `{{ .time }}` counts from.
 */
export function expandLines(
  scripts: readonly LineScript[],
  intervalMs: number,
  random: Random,
  originMs: number,
): ScriptedLine[] {
  const out: ScriptedLine[] = [];
  let nextMs = 0;
  for (const script of scripts) {
    if (script.gapMs !== undefined) {
      nextMs += script.gapMs;
      continue;
    }
    const startMs = script.atMs ?? nextMs;
    const { count, everyMs } = script.repeat ?? { count: 1, everyMs: 0 };
    const template = script.repeat && compileTemplate('line', script.line, functions(random)).template;
    const lateMs = script.arrivesMs === undefined ? 0 : Math.max(0, script.arrivesMs - startMs);
    for (let i = 0; i < count; i++) {
      const atMs = startMs + i * everyMs;
      const result = template?.execute(
        stringMap([
          ['seq', String(i)],
          ['time', new Date(originMs + atMs).toISOString()],
        ]),
      );
      if (result?.error !== undefined) throw new UnusableTest(`template of a line: ${result.error}`);
      const line = result === undefined ? script.line : result.text;
      out.push({ atMs, arrivesMs: atMs + lateMs, line, structuredMetadata: script.structuredMetadata });
    }
    // Lines without a time of their own go on after the last one.
    nextMs = startMs + (count - 1) * everyMs + intervalMs;
  }
  return out;
}

/** What a generator's template may call besides Go's own functions: seeded values. */
function functions(random: Random): FunctionSet {
  return new Map<string, GoFunction>([
    [
      'randInt',
      goFunction(['int', 'int'], (low: bigint, high: bigint) => {
        const from = Number(low);
        const to = Number(high);
        if (to < from) throw new CallError(`randInt ${from} ${to}: the second number is the smaller one`);
        return BigInt(from + randomInt(random, to - from + 1));
      }),
    ],
    [
      'pick',
      goFunction(
        [],
        (...values: GoValue[]) => {
          if (values.length === 0) throw new CallError('pick needs a value');
          return values[randomInt(random, values.length)];
        },
        'any',
      ),
    ],
    [
      'randHex',
      goFunction(['int'], (length: bigint) => {
        let text = '';
        for (let i = 0; i < Math.min(Number(length), 1024); i++) text += randomInt(random, 16).toString(16);
        return text;
      }),
    ],
  ]);
}
