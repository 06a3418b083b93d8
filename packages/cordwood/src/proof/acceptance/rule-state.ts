import type { Stack } from './stack.ts';

/** Rules and alerts as Loki's ruler shows them in Prometheus' form. */
export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  /** RFC 3339; Go's zero time before the first evaluation. */
  readonly lastEvaluation: string;
  readonly state?: string;
}
export interface GroupState {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly rules: readonly RuleState[];
}
export interface AlertState {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
}

/** Undefined when the stack has no ruler, or a gateway hides it. */
export async function ruleGroups(stack: Stack, tenant: string): Promise<GroupState[] | undefined> {
  const { status, text } = await stack.loki.request({ path: '/prometheus/api/v1/rules', tenant });
  if (status !== 200) return undefined;
  return (JSON.parse(text) as { data: { groups: GroupState[] } }).data.groups;
}

export async function activeAlerts(stack: Stack, tenant: string): Promise<AlertState[]> {
  const { status, text } = await stack.loki.request({ path: '/prometheus/api/v1/alerts', tenant });
  if (status !== 200) return [];
  return (JSON.parse(text) as { data: { alerts: AlertState[] } }).data.alerts;
}

/** What is wrong with a rule that should have been evaluated lately; nothing when it is well. */
export function ruleProblem(rule: RuleState, group: GroupState, nowNs: bigint): string | undefined {
  if (rule.lastError) return `${rule.name}: ${rule.lastError}`;
  if (rule.health !== 'ok' && rule.health !== 'unknown') return `${rule.name}: health ${rule.health}`;
  const evaluatedMs = Date.parse(rule.lastEvaluation);
  // Before the first tick of its group there is nothing to be late for.
  if (evaluatedMs < 0) return undefined;
  const lateMs = Number(nowNs / 1_000_000n) - evaluatedMs;
  const allowedMs = group.interval * 3_000 + 60_000;
  return lateMs > allowedMs ? `${rule.name}: last evaluated ${rule.lastEvaluation}` : undefined;
}

/** Names of the platform's rules that a tenant should have. */
export function expectedRules({ platform }: Stack, tenant: string, kind: 'alert' | 'record'): string[] {
  return platform.rules
    .filter(({ tenants }) => tenants.includes(tenant))
    .flatMap(({ rules }) =>
      rules.flatMap((rule) => (kind in rule ? [(rule as unknown as Record<string, string>)[kind]!] : [])),
    );
}
