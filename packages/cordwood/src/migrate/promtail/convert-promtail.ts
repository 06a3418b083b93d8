/**
 * A Promtail configuration -> an Alloy configuration that does the same.
 *
 * The file is read into values that know their place; tables (`fields.ts`) turn keys into attributes and blocks; `job.ts` wires
 * the components of a scrape config; comments are put back at the end. Names are those of `alloy convert`. Where that one
 * changes what is collected, this one does not: docs/decisions/010-promtail-conversion.md lists each difference.
 */
import { type NewItem, printItems, type SourceFile } from '@cordwood/alloy';
import { expandEnv } from '../../config/expand-env.ts';
import { convertClients } from './clients.ts';
import { attachComments } from './comments.ts';
import { Conversion, type Finding } from './conversion.ts';
import { discoveryKinds, docker } from './discovery-kinds.ts';
import { convertDocker } from './docker-source.ts';
import { environmentExpression, hasReference, referencedNames } from './environment.ts';
import { convertTable, goDuration, readElsewhere } from './fields.ts';
import { convertFileTargets, fileKeys } from './file-source.ts';
import { convertFileWatch, reportGlobalSettings } from './global-settings.ts';
import { Job, type Settings } from './job.ts';
import { sourceKinds } from './sources/registry.ts';
import { limitStages } from './stages.ts';
import { type YamlProblem, YamlText, type YamlValue } from './yaml-value.ts';

export interface ConvertOptions {
  /**
   * What `${NAME}` means: as it stands, the value that it has now (as `-config.expand-env` replaces it before the file is
   * read), or a reference that Alloy resolves when it starts.
   */
  readonly environment?:
    | { readonly kind: 'values'; readonly variables: NodeJS.ProcessEnv }
    | { readonly kind: 'references' };
}

export interface Converted {
  /** Undefined when something critical was found. */
  readonly text: string | undefined;
  /** What the conversion left out or changed, in the order in which it was met. */
  readonly findings: readonly Finding[];
  /** Parts of the result with which Alloy does not start, at their place in the YAML. */
  readonly refusals: readonly Finding[];
}

export function convertPromtail(source: SourceFile, options: ConvertOptions = {}): Converted {
  const { environment } = options;
  const { expanded, problems } = expand(source.text, environment);
  const yaml = new YamlText(expanded);
  const conversion = new Conversion(environment?.kind === 'references' ? environmentExpression : (text) => text);
  for (const problem of [...problems, ...yaml.problems]) conversion.refuse(problem, problem.message);
  const { root } = yaml;
  if (environment === undefined && hasReference(expanded)) reportReferences(root, expanded, conversion);
  const items = convertRoot(root, conversion);
  const unreadable = unreadableFinding(conversion.unreadable);
  const findings = unreadable === undefined ? conversion.findings : [unreadable];
  const critical = findings.some(({ severity }) => severity === 'critical');
  return {
    text: critical ? undefined : withCommentsOf(expanded, yaml, items, conversion),
    findings,
    refusals: conversion.refusals,
  };
}

/** The text that is read. Promtail's expansion makes one backslash of two, so files that are written for it have them doubled. */
function expand(
  text: string,
  environment: ConvertOptions['environment'],
): { expanded: string; problems: readonly YamlProblem[] } {
  if (environment === undefined) return { expanded: text, problems: [] };
  const single = text.replaceAll('\\\\', '\\');
  if (environment.kind === 'references') return { expanded: single, problems: [] };
  const { errors, text: expanded } = expandEnv(single, environment.variables);
  const problems = errors.map(({ message, offset }) => {
    const before = single.slice(0, offset).split('\n');
    return { message, line: before.length, column: before.at(-1)!.length + 1 };
  });
  return { expanded, problems };
}

/** What Go's decoder says of a file: one text with a line for each problem. */
function unreadableFinding(problems: readonly Finding[]): Finding | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const lines = problems.map(({ line, message }) => `  line ${line}: ${message}`);
  const hints = problems.flatMap(({ hint }) => hint ?? []);
  return {
    ...first,
    message: `failed to parse Promtail config: yaml: unmarshal errors:\n${lines.join('\n')}`,
    ...(hints.length === 0 ? {} : { hint: hints.join('; ') }),
  };
}

function reportReferences(root: YamlValue, text: string, conversion: Conversion): void {
  const names = referencedNames(text).map((name) => `\${${name}}`);
  conversion.report(
    root.place,
    'info',
    `${names.join(', ')} is kept as text`,
    '--env values puts the present values in (-config.expand-env); --env references makes it sys.env("…")',
  );
}

function convertRoot(root: YamlValue, conversion: Conversion): NewItem[] {
  reportGlobalSettings(root, conversion);
  const writers = convertClients(root, conversion);
  const settings = readSettings(root, writers.receivers, conversion);
  const jobs = (root.get('scrape_configs')?.items ?? []).flatMap((value) => convertJob(value, settings, conversion));
  const items = [...jobs, ...writers.items];
  reportDuplicates(items, root, conversion);
  return items;
}

/** Where Promtail keeps positions when the file does not say. */
const positionsFileDefault = '/var/log/positions.yaml';

function readSettings(root: YamlValue, writers: Settings['writers'], conversion: Conversion): Settings {
  const filename = root.get('positions')?.get('filename');
  const period = root.get('target_config')?.get('sync_period');
  const syncPeriod = period === undefined ? undefined : goDuration(period, conversion);
  return {
    writers,
    positionsFile: filename?.kind === 'scalar' ? filename.text : positionsFileDefault,
    hasPositions: filename?.kind === 'scalar',
    syncPeriod: typeof syncPeriod === 'string' && syncPeriod !== '10s' ? syncPeriod : undefined,
    fileWatch: convertFileWatch(root, conversion),
    limits: () => limitStages(root.get('limits_config'), conversion),
  };
}

const jobKeys = [
  'job_name',
  'pipeline_stages',
  'relabel_configs',
  ...fileKeys,
  docker.from,
  ...discoveryKinds.map(({ from }) => from),
  ...sourceKinds.map(({ from }) => from),
];

function convertJob(value: YamlValue, settings: Settings, conversion: Conversion): readonly NewItem[] {
  convertTable(value, { goType: 'scrapeconfig.plain', fields: jobKeys.map(readElsewhere) }, conversion);
  const name = value.get('job_name')?.text ?? '';
  const job = new Job(value, name, identifierOf(name), settings, conversion);
  convertFileTargets(job);
  for (const kind of sourceKinds) {
    const source = value.get(kind.from);
    if (source !== undefined && source.kind !== 'null') kind.convert(source, job);
  }
  convertDocker(job);
  if (job.items.length === 0) {
    const hint = 'give it static_configs or a discovery, or delete it';
    conversion.report(value.place, 'info', `scrape config ${JSON.stringify(name)} has no source`, hint);
  }
  return job.items;
}

/** A label of a component from a job's name: `funny-one` is `funny_one`. */
function identifierOf(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_]/g, '_');
  // A digit cannot begin an identifier, and some words are none.
  return /^(?!(?:true|false|null)$)[A-Za-z_]/.test(safe) ? safe : `_${safe}`;
}

function reportDuplicates(items: readonly NewItem[], root: YamlValue, conversion: Conversion): void {
  const seen = new Set<string>();
  for (const item of items) {
    if (item.kind !== 'block') continue;
    const id = `${item.name} "${item.label}"`;
    if (seen.has(id)) {
      conversion.report(
        { line: conversion.lines.get(item) ?? root.place.line, column: 1 },
        'critical',
        `duplicate label after conversion: there are two components ${id}`,
        'rename one of the jobs: in a label every other character becomes _',
      );
    }
    seen.add(id);
  }
}

function withCommentsOf(text: string, yaml: YamlText, items: readonly NewItem[], conversion: Conversion): string {
  const { items: commented, top, below } = attachComments(text, yaml.owners(), items, conversion.lines);
  const head = top.map((line) => `// ${line}`.trimEnd()).join('\n');
  const body = printItems(commented, below);
  return head === '' ? body : `${head}\n\n${body}`;
}
