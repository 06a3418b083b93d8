import { parse, print } from '@cordwood/logql';
import { printRuleGroup, type RuleGroup } from './rule-group.ts';
import type { RuleNamespaces } from './rule-store.ts';

/** One group that differs between two sets of rules. */
export interface RuleChange {
  readonly kind: 'create' | 'update' | 'delete';
  readonly namespace: string;
  readonly name: string;
  readonly before: RuleGroup | undefined;
  readonly after: RuleGroup | undefined;
}

/** What makes `before` into `after`, by namespace and name. How an expression is laid out makes no difference. */
export function ruleChanges(before: RuleNamespaces, after: RuleNamespaces): RuleChange[] {
  const keys = new Map<string, { namespace: string; name: string }>();
  for (const namespaces of [before, after])
    for (const [namespace, groups] of namespaces)
      for (const { name } of groups) keys.set(JSON.stringify([namespace, name]), { namespace, name });
  const changes = [...keys.values()].flatMap(({ namespace, name }): RuleChange[] => {
    const old = before.get(namespace)?.find((group) => group.name === name);
    const now = after.get(namespace)?.find((group) => group.name === name);
    if (old !== undefined && now !== undefined && canonicalText(old) === canonicalText(now)) return [];
    const kind = old === undefined ? 'create' : now === undefined ? 'delete' : 'update';
    return [{ kind, namespace, name, before: old, after: now }];
  });
  return changes.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The group as YAML with its expressions in canonical form. */
export function canonicalText(group: RuleGroup): string {
  const sorted = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).sort(([a], [b]) => compare(a, b)));
  return printRuleGroup({
    ...group,
    rules: group.rules.map((rule) => {
      const { expression } = parse(rule.expression, { checkStages: false });
      const text = expression === undefined ? rule.expression : print(expression);
      const labels = sorted(rule.labels);
      return rule.kind === 'alerting'
        ? { ...rule, expression: text, labels, annotations: sorted(rule.annotations) }
        : { ...rule, expression: text, labels };
    }),
  });
}
