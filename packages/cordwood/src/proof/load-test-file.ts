import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type LokiConfig, parseLokiConfig } from '../config/loki-config.ts';
import { parseOverrides } from '../config/overrides.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { lokiRuleChecks } from '../rules/check-rules.ts';
import { readRuleFile } from '../rules/rule-group.ts';
import { validateRuleGroup } from '../rules/validate-rule-group.ts';
import type { TestedGroup } from './run-rule-test.ts';
import { type FileReference, readTestFile, type TestFile } from './test-file.ts';
import { plainLimits } from './test-stack.ts';
import type { Place } from './yaml-map.ts';

export interface Finding {
  readonly diagnostic: Diagnostic;
  /** Text of the file, to show the line. */
  readonly source: string | undefined;
}

/** A test file with the rules and limits that it names. */
export interface LoadedTestFile {
  readonly testFile: TestFile;
  readonly groups: readonly TestedGroup[];
  readonly limitsFor: LimitsFor;
  /** The file's loki_config. */
  readonly config: LokiConfig | undefined;
  /** Those of the overrides. */
  readonly tenants: readonly Tenant[];
}

type ReadLimits = Pick<LoadedTestFile, 'limitsFor' | 'config' | 'tenants'>;

/** Reads a test file and what it names. `loaded` is undefined when a finding is an error. */
export function loadTestFile(file: string): { loaded: LoadedTestFile | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const text = readText(file, { file, line: 1, column: 1 }, findings);
  if (text === undefined) return { loaded: undefined, findings };
  return loadTestText(text, file);
}

/** As loadTestFile, of a text that is not in a file; what it names is relative to `file`. */
export function loadTestText(text: string, file: string): { loaded: LoadedTestFile | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const { testFile, diagnostics } = readTestFile(text, file);
  if (testFile === undefined)
    return { loaded: undefined, findings: diagnostics.map((diagnostic) => ({ diagnostic, source: text })) };
  const groups = readGroups(testFile, text, findings);
  const limits = readLimits(testFile, text, findings);
  const isBroken = findings.some(({ diagnostic }) => diagnostic.severity === 'error');
  return { loaded: isBroken ? undefined : { testFile, groups, ...limits }, findings };
}

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
  const checks = lokiRuleChecks({ lines: true });
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
        const checked = validateRuleGroup(raw, index, name, checks);
        found.push(...checked.diagnostics);
        if (checked.group !== undefined) groups.push({ file: resolve(folder, name), group: checked.group, tenant });
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

function readLimits(testFile: TestFile, text: string, findings: Finding[]): ReadLimits {
  const none = { limitsFor: () => plainLimits, config: undefined, tenants: [] };
  if (testFile.lokiConfig === undefined) {
    if (testFile.overrides !== undefined) {
      const message = 'overrides needs loki_config: what they override';
      findings.push({ diagnostic: { severity: 'error', message, ...testFile.overrides.place }, source: text });
    }
    return none;
  }
  const loki = readReference(testFile, testFile.lokiConfig, text, findings);
  if (loki === undefined) return none;
  const { config, diagnostics } = parseLokiConfig(loki, { file: testFile.lokiConfig.path });
  addErrors(diagnostics, loki, findings);
  if (config === undefined) return none;
  const { overrides: reference } = testFile;
  const own = { limitsFor: () => config.limits, config, tenants: [] };
  if (reference === undefined) return own;
  const overridesText = readReference(testFile, reference, text, findings);
  if (overridesText === undefined) return own;
  const read = parseOverrides(overridesText, { file: reference.path, defaults: config.limitsValue });
  addErrors(read.diagnostics, overridesText, findings);
  const byTenant: ReadonlyMap<string, Limits> = new Map(read.overrides ?? []);
  const limitsFor: LimitsFor = (tenant) => byTenant.get(tenant) ?? config.limits;
  return { limitsFor, config, tenants: [...byTenant.keys()] as Tenant[] };
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
