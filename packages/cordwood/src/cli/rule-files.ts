import { readFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { RuleSource } from '../rules/check-rules.ts';
import { readRules } from '../rules/local-rule-store.ts';
import { type RuleGroup, readRuleFile } from '../rules/rule-group.ts';
import type { RuleChecks } from '../rules/validate-rule-group.ts';
import { ConfigError } from './config-error.ts';
import { operandFiles } from './operand-files.ts';

/** The rule files that operands name: files, and of folders every *.yaml and *.yml below them. ConfigError when there are none. */
export function readRuleSources(paths: readonly string[]): RuleSource[] {
  const sources = paths
    .flatMap((path) => operandFiles(path, '**/*.{yaml,yml}', '*.yaml'))
    .map((file) => ({
      file,
      text: readFileSync(file, 'utf8'),
      tenant: basename(dirname(file)),
    }));
  return [...new Map(sources.map((source) => [source.file, source])).values()];
}

/**
 * Rule files as namespaces of a ruler. The namespace is the file's own `namespace:`, or its name without extension, as
 * lokitool has it. What Loki would refuse is a ConfigError.
 */
export function readLocalNamespaces(paths: readonly string[], checks: RuleChecks): Map<string, RuleGroup[]> {
  const namespaces = new Map<string, RuleGroup[]>();
  for (const { file, text } of readRuleSources(paths)) {
    const { groups, diagnostics } = readRules(text, file, checks);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0)
      throw new ConfigError(
        'nothing was sent: mend the rules first',
        errors.map((diagnostic) => ({ diagnostic, source: text })),
      );
    const namespace = readRuleFile(text, file).namespace ?? basename(file, extname(file));
    const known = namespaces.get(namespace) ?? [];
    const twice = groups.find(({ name }) => known.some((other) => other.name === name));
    if (twice !== undefined)
      throw new ConfigError(`${file}: namespace ${namespace} already has a group ${twice.name} from another file`);
    namespaces.set(namespace, [...known, ...groups]);
  }
  return namespaces;
}
