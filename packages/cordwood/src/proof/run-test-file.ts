import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from '@cordwood/logql';
import { parseLokiConfig } from '../config/loki-config.ts';
import { parseOverrides } from '../config/overrides.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import { readRuleFile } from '../rules/rule-group.ts';
import { validateRuleGroup } from '../rules/validate-rule-group.ts';
import { type CaseResult, UnusableTest } from './case-result.ts';
import { runPipelineTest } from './run-pipeline-test.ts';
import { runRuleTest, type TestedGroup } from './run-rule-test.ts';
import { type FileReference, readTestFile, type TestFile } from './test-file.ts';
import { openTestStack, plainLimits } from './test-stack.ts';

/** What came of one test file. With `findings` the file, or one that it names, is broken; its tests then may not have run. */
export interface TestFileResult {
  readonly file: string;
  readonly cases: readonly CaseResult[];
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly diagnostic: Diagnostic;
  /** Text of the file, to show the line. */
  readonly source: string | undefined;
}

/** Runs every test of a file. Nothing is thrown for what a file says wrong. */
export async function runTestFile(file: string, options: { readonly only?: RegExp } = {}): Promise<TestFileResult> {
  const findings: Finding[] = [];
  const text = readText(file, { file, line: 1, column: 1 }, findings);
  if (text === undefined) return { file, cases: [], findings };
  const { testFile, diagnostics } = readTestFile(text, file);
  if (testFile === undefined)
    return { file, cases: [], findings: diagnostics.map((diagnostic) => ({ diagnostic, source: text })) };
  const groups = readGroups(testFile, text, findings);
  const limitsFor = readLimits(testFile, text, findings);
  if (findings.some(({ diagnostic }) => diagnostic.severity === 'error')) return { file, cases: [], findings };
  const wanted = ({ name }: { readonly name: string }) => options.only?.test(name) ?? true;
  const cases: CaseResult[] = [];
  for (const test of testFile.ruleTests.filter(wanted)) {
    const startedMs = performance.now();
    const { evaluationIntervalMs } = testFile;
    const outcome = await runRuleTest(test, {
      groups,
      evaluationIntervalMs,
      limitsFor,
      openStack: openTestStack,
    }).catch((error: unknown) => {
      if (!(error instanceof UnusableTest)) throw error;
      return { failures: [{ place: test.place, message: error.message, diff: [] }], timelines: [], diagnostics: [] };
    });
    for (const diagnostic of outcome.diagnostics) findings.push({ diagnostic, source: undefined });
    cases.push({ name: test.name, place: test.place, durationMs: performance.now() - startedMs, ...outcome });
  }
  for (const test of testFile.pipelineTests.filter(wanted)) {
    const startedMs = performance.now();
    const { failures, diagnostics: refusals } = await runPipelineTest(test);
    for (const diagnostic of refusals) findings.push({ diagnostic, source: undefined });
    cases.push({
      name: test.name,
      place: test.place,
      durationMs: performance.now() - startedMs,
      failures,
      timelines: [],
    });
  }
  return { file, cases, findings };
}

type Place = { readonly file: string; readonly line: number; readonly column: number };

function readText(path: string, place: Place, findings: Finding[], source?: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : message;
    findings.push({ diagnostic: { severity: 'error', message: `${path}: ${reason}`, ...place }, source });
    return undefined;
  }
}

/** The groups of all rule files, in the order in which groups of one time are evaluated. */
function readGroups(testFile: TestFile, text: string, findings: Finding[]): TestedGroup[] {
  const folder = dirname(testFile.file);
  const templates = createAlertTemplates({ externalUrl: '', externalLabels: {} });
  const groups: TestedGroup[] = [];
  for (const { path: pattern, tenant, place } of testFile.ruleFiles) {
    const names = /[*?[{]/.test(pattern) ? globSync(pattern, { cwd: folder }).sort() : [pattern];
    if (names.length === 0)
      findings.push({
        diagnostic: { severity: 'error', message: `no file matches ${pattern}`, ...place },
        source: text,
      });
    for (const name of names) {
      const source = readText(resolve(folder, name), place, findings, text);
      if (source === undefined) continue;
      const read = readRuleFile(source, name);
      const found = [...read.diagnostics];
      for (const [index, raw] of read.groups.entries()) {
        const checked = validateRuleGroup(raw, index, name, {
          expressionError: (expression) => parse(expression, { checkStages: false }).error,
          templateError: templates.check,
        });
        found.push(...checked.diagnostics);
        if (checked.group !== undefined) groups.push({ group: checked.group, tenant });
      }
      findings.push(...found.map((diagnostic) => ({ diagnostic, source })));
    }
  }
  for (const name of testFile.groupEvalOrder) {
    if (groups.some(({ group }) => group.name === name)) continue;
    const message = `group_eval_order names the group ${name}, which no rule file has`;
    findings.push({
      diagnostic: { severity: 'error', message, file: testFile.file, line: 1, column: 1 },
      source: undefined,
    });
  }
  const rank = (name: string) => {
    const index = testFile.groupEvalOrder.indexOf(name);
    return index < 0 ? testFile.groupEvalOrder.length : index;
  };
  return groups.sort((a, b) => rank(a.group.name) - rank(b.group.name));
}

function readLimits(testFile: TestFile, text: string, findings: Finding[]): LimitsFor {
  if (testFile.lokiConfig === undefined) {
    if (testFile.overrides !== undefined) {
      const message = 'overrides needs loki_config: what they override';
      findings.push({ diagnostic: { severity: 'error', message, ...testFile.overrides.place }, source: text });
    }
    return () => plainLimits;
  }
  const loki = readReference(testFile, testFile.lokiConfig, text, findings);
  if (loki === undefined) return () => plainLimits;
  const { config, diagnostics } = parseLokiConfig(loki, { file: testFile.lokiConfig.path });
  addErrors(diagnostics, loki, findings);
  if (config === undefined) return () => plainLimits;
  const { overrides: reference } = testFile;
  if (reference === undefined) return () => config.limits;
  const overridesText = readReference(testFile, reference, text, findings);
  if (overridesText === undefined) return () => config.limits;
  const read = parseOverrides(overridesText, { file: reference.path, defaults: config.limitsValue });
  addErrors(read.diagnostics, overridesText, findings);
  const byTenant: ReadonlyMap<string, Limits> = new Map(read.overrides ?? []);
  return (tenant) => byTenant.get(tenant) ?? config.limits;
}

function readReference(
  testFile: TestFile,
  reference: FileReference,
  text: string,
  findings: Finding[],
): string | undefined {
  return readText(resolve(dirname(testFile.file), reference.path), reference.place, findings, text);
}

/** Warnings about loki.yaml are for `serve`; here only what makes it unusable counts. */
function addErrors(diagnostics: readonly Diagnostic[], source: string, findings: Finding[]): void {
  for (const diagnostic of diagnostics) if (diagnostic.severity === 'error') findings.push({ diagnostic, source });
}
