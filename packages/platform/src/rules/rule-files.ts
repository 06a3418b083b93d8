/** The rule files of each tenant, as Loki's ruler reads them. */
import type { Platform } from '../platform.ts';
import type { LogAlert, LogRecord, RuleGroup } from '../platform-definition.ts';
import { type YamlComments, yamlText } from '../render/yaml-text.ts';

export interface RuleFile {
  readonly tenant: string;
  /** `alerts`, `recording` … */
  readonly name: string;
  readonly groups: readonly Platform['rules'][number][];
}

/** In the order of the tenants, then of the definition. */
export function ruleFiles(platform: Platform, tenants: readonly string[]): RuleFile[] {
  return tenants.flatMap((tenant) => {
    const groups = platform.rules
      .filter((group) => group.tenants.includes(tenant))
      .map((group) => forTenant(platform, group, tenant));
    const names = [...new Set(groups.map(({ file }) => file))];
    return names.map((name) => ({ tenant, name, groups: groups.filter(({ file }) => file === name) }));
  });
}

/** `{tenant}` and `{namespace}` replaced by the tenant's own. */
function forTenant<Group extends RuleGroup>(platform: Platform, group: Group, tenant: string): Group {
  const namespace = platform.tenants.find(({ id }) => id === tenant)?.namespaces[0] ?? tenant;
  const replaced = (text: string) => text.replaceAll('{tenant}', tenant).replaceAll('{namespace}', namespace);
  return {
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      expr: replaced(rule.expr),
      ...(rule.labels ? { labels: mapValues(rule.labels, replaced) } : {}),
      ...('alert' in rule ? { summary: replaced(rule.summary), runbook: replaced(rule.runbook) } : {}),
    })),
  };
}

const mapValues = (record: Readonly<Record<string, string>>, change: (text: string) => string) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** A group as plain data, in the ruler's format. */
export function ruleGroupData(group: Platform['rules'][number], name = group.name): object {
  return { name, interval: group.interval, rules: group.rules.map(ruleData) };
}

function ruleData(rule: LogAlert | LogRecord): object {
  if ('record' in rule) return { record: rule.record, expr: rule.expr, labels: rule.labels };
  return {
    alert: rule.alert,
    expr: rule.expr,
    for: rule.for,
    labels: { severity: rule.severity, team: rule.team, ...rule.labels },
    annotations: { summary: rule.summary, runbook: rule.runbook },
  };
}

/** `groups:` as text, with the comments of the definition. */
export function ruleFileText(
  groups: readonly { data: object; group: Platform['rules'][number] }[],
  head: string,
): string {
  const at: Record<string, string> = {};
  groups.forEach(({ group }, i) => {
    if (group.comment !== undefined) at[`groups.${i}.name`] = group.comment;
    group.rules.forEach((rule, j) => {
      if (rule.comment !== undefined) at[`groups.${i}.rules.${j}.expr`] = rule.comment;
    });
  });
  const comments: YamlComments = { head, at };
  return yamlText({ groups: groups.map(({ data }) => data) }, comments);
}
