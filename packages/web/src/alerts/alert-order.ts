/** Rules as a person on call reads them: what burns first. */
import type { Alert, AlertingRule, AlertState, RuleGroup } from '../client/answers.ts';

export interface ListedRule {
  readonly group: RuleGroup;
  readonly rule: AlertingRule;
}

const urgency: Readonly<Record<AlertState, number>> = { firing: 0, pending: 1, inactive: 2 };

export function alertingRules(groups: readonly RuleGroup[]): readonly ListedRule[] {
  return groups
    .flatMap((group) => group.rules.map((rule) => ({ group, rule })))
    .filter((each): each is ListedRule => each.rule.kind === 'alerting')
    .sort(
      (a, b) =>
        urgency[a.rule.state] - urgency[b.rule.state] ||
        Number(b.rule.health === 'err') - Number(a.rule.health === 'err') ||
        (a.rule.name < b.rule.name ? -1 : 1),
    );
}

export interface AlertCounts {
  /** Alerts: one rule may have several. */
  readonly firing: number;
  readonly pending: number;
  /** Rules without an alert. */
  readonly quiet: number;
}

export function countAlerts(rules: readonly ListedRule[]): AlertCounts {
  const alerts = rules.flatMap(({ rule }) => rule.alerts);
  return {
    firing: alerts.filter((alert) => alert.state === 'firing').length,
    pending: alerts.filter((alert) => alert.state === 'pending').length,
    quiet: rules.filter(({ rule }) => rule.alerts.length === 0).length,
  };
}

/** Firing first, then those that wait longest. */
export function orderedAlerts(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.toSorted(
    (a, b) => urgency[a.state] - urgency[b.state] || Date.parse(a.activeAt) - Date.parse(b.activeAt),
  );
}

/** Loki writes values with an exponent (`1.5e+01`). */
export function alertValue(text: string): number {
  return text === '' ? Number.NaN : Number(text);
}
