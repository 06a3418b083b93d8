import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { lineAndColumn, parse } from '@cordwood/logql';
import type { Rule } from '../../rules/rule-group.ts';
import { readRuleFile } from '../../rules/rule-group.ts';
import { placeInText } from '../../rules/text-place.ts';
import type { LoadedTestFile } from '../load-test-file.ts';
import { readPipelineConfig } from '../pipeline-config.ts';
import type { RuleTestContext } from '../run-rule-test.ts';
import { type AnyTest, runOneTest, testsOf } from '../run-test-file.ts';
import type { Place } from '../yaml-map.ts';
import { pipelineMutants } from './pipeline-mutants.ts';
import { ruleMutations } from './rules/registry.ts';
import type { RuleMutant } from './rules/rule-mutation.ts';

/**
 * Mutation testing: each rule and each pipeline that tests use is changed in one place at a time, and the tests that speak of it
 * are run. A mutant that makes no test fail shows what is not tested. Tests must pass before.
 */
export interface MutationResult {
  readonly killed: number;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  /** A kind of change: a name of the registry of rule mutations, or `pipeline`. */
  readonly kind: string;
  readonly place: Place;
  /** `HighErrorRate: > 0.5 becomes > 0.55` */
  readonly what: string;
}

export function mutationScore({ killed, survivors }: MutationResult): number {
  const total = killed + survivors.length;
  return total === 0 ? 100 : (100 * killed) / total;
}

/** `report` is called after each mutant with how many are done. */
export async function runMutation(
  files: readonly LoadedTestFile[],
  report: (done: number) => void = () => {},
  signal?: AbortSignal,
): Promise<MutationResult> {
  const survivors: Survivor[] = [];
  let killed = 0;
  for await (const outcome of outcomes(files)) {
    if (outcome === 'killed') killed++;
    else survivors.push(outcome);
    report(killed + survivors.length);
    if (signal?.aborted) break;
  }
  return { killed, survivors };
}

async function* outcomes(files: readonly LoadedTestFile[]): AsyncIterable<'killed' | Survivor> {
  for (const target of ruleTargets(files)) yield* mutateRule(target, files);
  for (const path of configPaths(files)) yield* mutatePipeline(path, files);
}

interface RuleTarget {
  readonly file: string;
  readonly groupName: string;
  readonly index: number;
  readonly rule: Rule;
}

function ruleTargets(files: readonly LoadedTestFile[]): RuleTarget[] {
  const targets = new Map<string, RuleTarget>();
  for (const { groups } of files)
    for (const { file, group } of groups)
      for (const [index, rule] of group.rules.entries())
        targets.set(JSON.stringify([file, group.name, index]), { file, groupName: group.name, index, rule });
  return [...targets.values()];
}

async function* mutateRule(target: RuleTarget, files: readonly LoadedTestFile[]): AsyncIterable<'killed' | Survivor> {
  const { expression } = parse(target.rule.expression);
  if (expression === undefined) return;
  for (const { name: kind, mutate } of ruleMutations) {
    for (const mutant of mutate(target.rule, expression)) {
      // A change of text that is no LogQL is no mutant.
      if (parse(mutant.rule.expression).error !== undefined) continue;
      if (
        await isNoticed(
          files.map((file) => withRule(file, target, mutant.rule)),
          (test) => speaksOf(test, target.rule),
        )
      )
        yield 'killed';
      else yield { kind, place: placeOf(target, mutant), what: `${target.rule.name}: ${mutant.what}` };
    }
  }
}

function withRule(loaded: LoadedTestFile, { file, groupName, index }: RuleTarget, rule: Rule): LoadedTestFile {
  const groups = loaded.groups.map((tested) =>
    tested.file === file && tested.group.name === groupName
      ? { ...tested, group: { ...tested.group, rules: tested.group.rules.with(index, rule) } }
      : tested,
  );
  return { ...loaded, groups };
}

function speaksOf(test: AnyTest, { name, kind }: Rule): boolean {
  if (test.kind !== 'rules') return false;
  return (
    (kind === 'recording' && test.prometheusTests.length > 0) ||
    [...test.alertTests, ...test.timelineTests].some(({ alertName }) => alertName === name) ||
    test.recordingTests.some(({ record }) => record === name) ||
    test.notificationTests.some(({ alertName }) => alertName === undefined || alertName === name)
  );
}

function placeOf({ file, groupName, index }: RuleTarget, { span }: RuleMutant): Place {
  const shown = relative(process.cwd(), file);
  const group = readRuleFile(readFileSync(file, 'utf8'), file).groups.find(({ name }) => name === groupName);
  const raw = group?.rules[index];
  if (raw === undefined) return { file: shown, line: 1, column: 1 };
  return {
    file: shown,
    ...(span === undefined ? raw.place : placeInText(raw.exprPlace, lineAndColumn(raw.expr, span.start))),
  };
}

function configPaths(files: readonly LoadedTestFile[]): string[] {
  const paths = files.flatMap((file) => testsOf(file).map(configPathOf)).filter((path) => path !== undefined);
  return [...new Set(paths)];
}

function configPathOf(test: AnyTest): string | undefined {
  if (test.kind === 'isolation' || test.kind === 'ingest') return undefined;
  const config = test.kind === 'rules' ? test.pipeline?.config : test.config;
  const path = config !== undefined && 'path' in config ? config.path : undefined;
  return path === undefined ? undefined : resolve(dirname(test.place.file), path);
}

async function* mutatePipeline(path: string, files: readonly LoadedTestFile[]): AsyncIterable<'killed' | Survivor> {
  const shown = relative(process.cwd(), path);
  const { config } = readPipelineConfig(path, shown, {});
  if (config === undefined) return;
  for (const { what, text, offset } of pipelineMutants(config.text, shown)) {
    const configOf: RuleTestContext['configOf'] = (wanted, name, environment) =>
      wanted === path ? { config: { name, text } } : readPipelineConfig(wanted, name, environment);
    const noticed = await isNoticed(files, (test) => configPathOf(test) === path, configOf);
    if (noticed === 'refused') continue;
    if (noticed) yield 'killed';
    else {
      const place = { file: shown, ...lineAndColumn(config.text, offset) };
      yield { kind: 'pipeline', place, what };
    }
  }
}

/** Whether a test fails; `refused` when the changed configuration cannot be loaded at all. */
async function isNoticed(
  files: readonly LoadedTestFile[],
  isConcerned: (test: AnyTest) => boolean,
  configOf?: RuleTestContext['configOf'],
): Promise<boolean | 'refused'> {
  for (const file of files) {
    for (const test of testsOf(file)) {
      if (!isConcerned(test)) continue;
      const { failures, diagnostics } = await runOneTest(test, file, configOf === undefined ? {} : { configOf });
      if (diagnostics.length > 0) return 'refused';
      if (failures.length > 0) return true;
    }
  }
  return false;
}
