import { lokiRuleChecks } from '../rules/check-rules.ts';
import { canonicalText, type RuleChange, ruleChanges } from '../rules/rule-changes.ts';
import type { RuleNamespaces } from '../rules/rule-store.ts';
import type { OptionSpecs, OptionValues } from './command.ts';
import { lineDiff } from './line-diff.ts';
import { lokiOptions } from './loki-options.ts';
import { readLocalNamespaces } from './rule-files.ts';
import type { RulerClient } from './ruler-client.ts';
import type { Style, Terminal } from './terminal.ts';

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
const colours: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** A head line for each group, and the lines of its YAML that differ; of one that comes or goes all of them. */
export function renderChange({ kind, namespace, name, before, after }: RuleChange, terminal: Terminal): string {
  const lines =
    before !== undefined && after !== undefined
      ? lineDiff(canonicalText(before), canonicalText(after))
      : canonicalText((before ?? after)!)
          .trimEnd()
          .split('\n')
          .map((line) => `${signs[kind]}${line}`);
  const styled = (text: string) => terminal.styleOut(colours[text[0]!] ?? 'dim', text);
  return `${[styled(`${signs[kind]} ${namespace} / ${name}`), ...lines.map((line) => `  ${styled(line)}`)].join('\n')}\n`;
}

export function summaryOf(changes: readonly RuleChange[]): string {
  const count = (kind: RuleChange['kind']) => changes.filter((change) => change.kind === kind).length;
  return `groups: ${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete`;
}
