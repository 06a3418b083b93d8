import { dirname, resolve } from 'node:path';
import type { LoadedTestFile } from './load-test-file.ts';

/** Absolute paths of all that a test file names, itself not included. */
export function namedFiles({ testFile, groups }: LoadedTestFile): string[] {
  const folder = dirname(testFile.file);
  const { lokiConfig, overrides, prometheusRuleFiles, ruleTests, pipelineTests, alloyTests, ingestTests } = testFile;
  const named = [
    lokiConfig?.path,
    overrides?.path,
    ...prometheusRuleFiles,
    ...ruleTests.map(({ pipeline }) => pipeline?.config.path),
    ...pipelineTests.flatMap(({ config, input }) => [
      config.path,
      ...input.map((one) => (one.kind === 'file' ? one.path : undefined)),
    ]),
    ...ingestTests.map(({ replay }) => replay?.path),
    ...alloyTests.map(({ config }) => ('path' in config ? config.path : undefined)),
  ].filter((path) => path !== undefined);
  return [...new Set([...groups.map(({ file }) => file), ...named.map((path) => resolve(folder, path))])];
}
