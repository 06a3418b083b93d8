import type { AlloyTest } from './alloy-test-file.ts';
import type { CaseResult } from './case-result.ts';
import { UnusableTest } from './case-result.ts';
import { type Finding, type LoadedTestFile, loadTestFile } from './load-test-file.ts';
import { readPipelineConfig } from './pipeline-config.ts';
import type { PipelineTest } from './pipeline-test-file.ts';
import { runAlloyTest } from './run-alloy-test.ts';
import { runIngestTest } from './run-ingest-test.ts';
import { runIsolationTest } from './run-isolation-test.ts';
import { runPipelineTest } from './run-pipeline-test.ts';
import { type RuleTestContext, type RuleTestObserver, type RuleTestOutcome, runRuleTest } from './run-rule-test.ts';
import type { IngestTest, IsolationTest } from './stack-test-file.ts';
import type { RuleTest } from './test-file.ts';
import { type OpenTestStack, openTestStack } from './test-stack.ts';

/** What came of one test file. With `findings` the file, or one that it names, is broken; its tests then may not have run. */
export interface TestFileResult {
  readonly file: string;
  readonly cases: readonly CaseResult[];
  readonly findings: readonly Finding[];
}

export interface RunOptions {
  /** Only tests whose name matches. */
  readonly only?: RegExp;
  /** By default the embedded store and engine. */
  readonly openStack?: OpenTestStack;
  /** For coverage. */
  readonly observe?: RuleTestObserver;
}

/** Runs every test of a file. Nothing is thrown for what a file says wrong. */
export async function runTestFile(file: string, options: RunOptions = {}): Promise<TestFileResult> {
  const { loaded, findings } = loadTestFile(file);
  return loaded === undefined ? { file, cases: [], findings } : runLoadedFile(loaded, findings, options);
}

export async function runLoadedFile(
  loaded: LoadedTestFile,
  findings: readonly Finding[],
  options: RunOptions,
): Promise<TestFileResult> {
  const cases: CaseResult[] = [];
  const refusals: Finding[] = [];
  for (const test of testsOf(loaded)) {
    if (options.only?.test(test.name) === false) continue;
    const startedMs = performance.now();
    const { diagnostics, ...outcome } = await runOneTest(test, loaded, options);
    refusals.push(...diagnostics.map((diagnostic) => ({ diagnostic, source: undefined })));
    cases.push({ name: test.name, place: test.place, durationMs: performance.now() - startedMs, ...outcome });
  }
  return { file: loaded.testFile.file, cases, findings: [...findings, ...refusals] };
}

export type AnyTest = RuleTest | PipelineTest | AlloyTest | IsolationTest | IngestTest;

/** Every test of a file in the order in which they are run. */
export function testsOf({ testFile }: LoadedTestFile): readonly AnyTest[] {
  const { ruleTests, pipelineTests, alloyTests, isolationTests, ingestTests } = testFile;
  return [...ruleTests, ...pipelineTests, ...alloyTests, ...isolationTests, ...ingestTests];
}

/** Runs a test with the rules and configurations of its file, or with others in their place. */
export async function runOneTest(
  test: AnyTest,
  loaded: LoadedTestFile,
  options: RunOptions & Partial<Pick<RuleTestContext, 'configOf'>>,
): Promise<RuleTestOutcome> {
  try {
    return await runOfKind(test, loaded, options);
  } catch (error) {
    if (!(error instanceof UnusableTest)) throw error;
    return { failures: [{ place: test.place, message: error.message, diff: [] }], timelines: [], diagnostics: [] };
  }
}

async function runOfKind(
  test: AnyTest,
  loaded: LoadedTestFile,
  { openStack = openTestStack, observe, configOf = readPipelineConfig }: Parameters<typeof runOneTest>[2],
): Promise<RuleTestOutcome> {
  const { groups, limitsFor } = loaded;
  const pipelines = { configOf, ...(observe ? { observe: observe.stage } : {}) };
  switch (test.kind) {
    case 'rules': {
      const { evaluationIntervalMs, prometheusRuleFiles } = loaded.testFile;
      const context = {
        groups,
        evaluationIntervalMs,
        prometheusRuleFiles,
        limitsFor,
        openStack,
        configOf,
        ...(observe ? { observe } : {}),
      };
      return runRuleTest(test, context);
    }
    case 'pipeline':
      return { ...(await runPipelineTest(test, pipelines)), timelines: [] };
    case 'alloy':
      return { ...(await runAlloyTest(test, pipelines)), timelines: [] };
    case 'isolation':
      return runIsolationTest(test, loaded);
    case 'ingest':
      return runIngestTest(test, { limitsFor, openStack });
  }
}
