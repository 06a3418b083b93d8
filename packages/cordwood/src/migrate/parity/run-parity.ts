/** `cordwood migrate parity`: both pipelines over the same bytes. */
import type { Diagnostic, SourceFile } from '@cordwood/alloy';
import { type ConvertOptions, convertPromtail } from '../promtail/convert-promtail.ts';
import { type AcceptRule, accepts } from './accept-file.ts';
import { compareReplays, type Difference, type ReaderCount } from './compare-replays.ts';
import type { NodeLogs } from './node-logs.ts';
import { type Replay, replay } from './replay.ts';

export interface ParityOptions {
  /** A Promtail configuration (`.yaml`), or an Alloy one. */
  readonly from: SourceFile;
  readonly to: SourceFile;
  readonly logs: NodeLogs;
  readonly accept: readonly AcceptRule[];
  readonly environment: Readonly<Record<string, string>>;
  /** Promtail runs with `-config.expand-env`. */
  readonly expandEnv: boolean;
  readonly startNs: bigint;
  /** Ids of the `loki.write` components that are compared; default: the first of each. */
  readonly writers: { readonly from: string | undefined; readonly to: string | undefined };
}

/** Differences of one kind. */
export interface DifferenceGroup {
  /** `label trace_id` */
  readonly difference: string;
  /** The first few that differ. */
  readonly causes: readonly string[];
  readonly count: number;
  readonly accepted: AcceptRule | undefined;
  /** The first few. */
  readonly samples: readonly Difference[];
}

export interface ParityReport {
  readonly lines: number;
  readonly readers: readonly ReaderCount[];
  readonly groups: readonly DifferenceGroup[];
  /** Differences that no rule accepts. */
  readonly unexplained: number;
  /** Accept rules that met nothing. */
  readonly unused: readonly AcceptRule[];
  readonly writers: { readonly from: string; readonly to: string };
  /** Writers that were not compared, and receivers that got nothing. */
  readonly notes: readonly string[];
}

const samplesMax = 3;

export async function runParity(
  options: ParityOptions,
): Promise<{ report: ParityReport } | { diagnostics: readonly Diagnostic[] }> {
  const from = await runSide(options.from, options);
  if ('diagnostics' in from) return from;
  const to = await runSide(options.to, options);
  if ('diagnostics' in to) return to;
  const writers = {
    from: chooseWriter(from.replay, options.writers.from, options.from),
    to: chooseWriter(to.replay, options.writers.to, options.to),
  };
  if (typeof writers.from !== 'string') return { diagnostics: [writers.from] };
  if (typeof writers.to !== 'string') return { diagnostics: [writers.to] };
  const chosen = { from: writers.from, to: writers.to };
  const { differences, readers } = compareReplays(from.replay, to.replay, chosen, (difference) =>
    options.accept.some((rule) => accepts(rule, difference)),
  );
  const { groups, used } = group(differences, options.accept);
  return {
    report: {
      lines: new Set([...from.replay.origins, ...to.replay.origins].map(({ key }) => key)).size,
      readers,
      groups,
      unexplained: groups.reduce((sum, { accepted, count }) => sum + (accepted === undefined ? count : 0), 0),
      unused: options.accept.filter((rule) => !used.has(rule)),
      writers: chosen,
      notes: [...notesOf(from.replay, chosen.from, 'from'), ...notesOf(to.replay, chosen.to, 'to')],
    },
  };
}

type Ran = { readonly replay: Replay } | { readonly diagnostics: readonly Diagnostic[] };

async function runSide(source: SourceFile, options: ParityOptions): Promise<Ran> {
  const { environment, logs, startNs } = options;
  if (!/\.ya?ml$/.test(source.name)) return replay({ source, logs, rules: 'alloy', environment, startNs });
  const expansion = { kind: 'values', variables: { ...environment } } as const;
  const how: ConvertOptions = options.expandEnv ? { environment: expansion } : {};
  const { text, findings, refusals } = convertPromtail(source, how);
  const problems = [...findings, ...refusals].filter(({ severity }) => severity === 'error' || severity === 'critical');
  if (text === undefined || problems.length > 0) {
    return { diagnostics: problems.map((problem) => ({ ...problem, file: source.name, severity: 'error' })) };
  }
  return replay({ source: { name: `${source.name} as Alloy`, text }, logs, rules: 'promtail', environment, startNs });
}

function chooseWriter({ writers }: Replay, wanted: string | undefined, { name }: SourceFile): string | Diagnostic {
  const found =
    wanted === undefined ? writers[0] : writers.find((id) => id === wanted || id === `loki.write.${wanted}`);
  if (found !== undefined) return found;
  const message = wanted === undefined ? 'nothing is written: there is no loki.write' : `there is no writer ${wanted}`;
  const hint = writers.length === 0 ? 'add a client' : `these are there: ${writers.join(', ')}`;
  return { severity: 'error', message, file: name, line: 1, column: 1, hint };
}

function notesOf({ idle, writers }: Replay, writer: string, side: string): string[] {
  const others = writers.filter((id) => id !== writer);
  return [
    ...(others.length === 0 ? [] : [`${side}: ${others.join(', ')} was not compared; --${side}-writer chooses`]),
    ...(idle.length === 0
      ? []
      : [`${side}: ${idle.join(', ')} got no input: only files, containers and the journal are read`]),
  ];
}

function group(
  differences: readonly Difference[],
  rules: readonly AcceptRule[],
): { groups: DifferenceGroup[]; used: ReadonlySet<AcceptRule> } {
  const found = new Map<string, { what: string; accepted: AcceptRule | undefined; all: Difference[] }>();
  for (const difference of differences) {
    const accepted = rules.find((rule) => accepts(rule, difference));
    const what = difference.name === undefined ? difference.kind : `${difference.kind} ${difference.name}`;
    const key = JSON.stringify([what, accepted?.line]);
    const group = found.get(key) ?? { what, accepted, all: [] };
    group.all.push(difference);
    found.set(key, group);
  }
  const groups = [...found.values()].map(({ accepted, all, what }): DifferenceGroup => {
    const causes = [...new Set(all.map(({ cause }) => cause))].slice(0, samplesMax);
    return { difference: what, causes, count: all.length, accepted, samples: all.slice(0, samplesMax) };
  });
  const weight = ({ accepted }: DifferenceGroup) => (accepted === undefined ? 0 : 1);
  return {
    groups: groups.sort((a, b) => weight(a) - weight(b) || b.count - a.count),
    used: new Set([...found.values()].flatMap(({ accepted }) => accepted ?? [])),
  };
}
