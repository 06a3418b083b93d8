import { lineDiff } from '../model/line-diff.ts';
import { lokiRuleChecks } from '../rules/check-rules.ts';
import { canonicalText, type RuleChange, ruleChanges } from '../rules/rule-changes.ts';
import type { RuleNamespaces } from '../rules/rule-store.ts';
import type { OptionSpecs, OptionValues } from './command.ts';
import { lokiOptions } from './loki-options.ts';
import { readLocalNamespaces } from './rule-files.ts';
import type { RulerClient } from './ruler-client.ts';
import type { Terminal } from './terminal.ts';

/** What `rules diff` and `rules sync` share: which groups of a ruler differ from those of the files, and how that is shown. */
export const deploymentOptions = {
  ...lokiOptions,
  namespace: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    describe: 'only these namespaces; others are left alone',
  },
  'ignored-namespace': { type: 'string', value: 'NAME', multiple: true, describe: 'leave these namespaces alone' },
  format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text or json' },
} as const satisfies OptionSpecs;

export async function plannedChanges(
  client: RulerClient,
  paths: readonly string[],
  options: OptionValues<typeof deploymentOptions>,
  signal: AbortSignal,
): Promise<readonly RuleChange[]> {
  const wanted = readLocalNamespaces(paths, lokiRuleChecks({ lines: true }));
  const isMeant = (name: string) =>
    (options.namespace.length === 0 || options.namespace.includes(name)) &&
    !options['ignored-namespace'].includes(name);
  const only = (namespaces: RuleNamespaces) => new Map([...namespaces].filter(([name]) => isMeant(name)));
  return ruleChanges(only(await client.list(signal)), only(wanted));
}

const signs = { create: '+', update: '~', delete: '-' } as const;
const colours = { '+': 'green', '-': 'red', '~': 'yellow', ' ': 'dim' } as const;

/** A head line for each group, and the lines of its YAML that differ. */
export function renderChange(change: RuleChange, terminal: Terminal): string {
  const sign = signs[change.kind];
  const textOf = (group: RuleChange['before']) =>
    group === undefined ? [] : canonicalText(group).trimEnd().split('\n');
  const lines = lineDiff(textOf(change.before), textOf(change.after)).map((line) =>
    terminal.styleOut(colours[line.sign], `  ${line.sign} ${line.text}`),
  );
  return `${[terminal.styleOut(colours[sign], `${sign} ${change.namespace} / ${change.name}`), ...lines].join('\n')}\n`;
}

export function summaryOf(changes: readonly RuleChange[]): string {
  const count = (kind: RuleChange['kind']) => changes.filter((change) => change.kind === kind).length;
  return `groups: ${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete`;
}
