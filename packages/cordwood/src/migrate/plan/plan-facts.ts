import type { Environment, Platform } from '@cordwood/platform';

/** What the runbook is about: the new platform from its definition, the old one from the command line. */
export interface PlanFacts {
  readonly platform: Platform;
  readonly environment: Environment;
  /** Name of the definition's file, and of the folder that it is rendered to. */
  readonly platformFile: string;
  readonly artifacts: string;
  readonly old: OldPlatform;
}

export interface OldPlatform {
  /** Without a path: `http://loki.monitoring.svc.cluster.local:3100`. */
  readonly url: string;
  readonly tenant: string;
  /** Where Loki 2.9 and Promtail run. */
  readonly namespace: string;
  readonly statefulSet: string;
  readonly daemonSet: string;
  /** Its retention: so long it stays readable after the cut-over. */
  readonly retention: string;
  /** Promtail's configuration, in the repository. */
  readonly promtailConfig: string;
  /** Differences between the two pipelines that are meant, with their reasons. */
  readonly acceptedDifferences: string;
}

/** `--rule` options: which tenant of the new Loki a stream of the old one belongs to. */
export function tenantRules({ platform, environment }: PlanFacts): string[] {
  const auditTenant = environment.tenants.find(({ audit }) => audit);
  const auditJob = platform.scrapeJobs.find(({ audit }) => audit);
  const rules: string[] = [];
  // Audit lines first: they come from namespaces of other tenants too.
  if (auditTenant !== undefined && auditJob !== undefined)
    rules.push(`--rule '{job="${auditJob.name}"}=${auditTenant.id}'`);
  for (const { id, namespaces } of environment.tenants)
    if (namespaces.length > 0) rules.push(`--rule '{namespace=~"${namespaces.join('|')}"}=${id}'`);
  const rest = environment.tenants.find(({ catchAll }) => catchAll) ?? environment.defaultTenant;
  rules.push(`--rule '{}=${rest.id}'`);
  return rules;
}

/** A command over several lines. */
export function lines(...parts: readonly string[]): string {
  return parts.join(' \\\n  ');
}

/** Options that name the gateway's users: all but those that only sync rules. */
export function userOptions({ environment, platform }: PlanFacts): string[] {
  if (!environment.auth) return [];
  return platform.users
    .filter(({ environments, role }) => environments.includes(environment.name) && role !== 'rule-sync')
    .map(({ name }) => `--user ${name}="$${variableOf(name)}"`);
}

/** A `cordwood` command that asks the new Loki as this environment's users. */
function asUsers(facts: PlanFacts): string[] {
  const users = userOptions(facts);
  return users.length === 0 ? [] : [`--platform ${facts.platformFile} --env ${facts.environment.name}`, ...users];
}

/** `cordwood migrate copy` or `compare`, between the old Loki and the gateway of the new one. */
export function betweenLokis(facts: PlanFacts, command: 'copy' | 'compare', ...more: readonly string[]): string {
  const { environment, old } = facts;
  return lines(
    `cordwood migrate ${command} --from ${old.url} --to ${environment.gatewayUrl} --tenant ${old.tenant}`,
    ...asUsers(facts),
    ...tenantRules(facts),
    ...more,
  );
}

/** `cordwood verify` as it is asked in this environment. */
export function verifyCommand(facts: PlanFacts, only: string, ...more: string[]): string {
  const { environment, platformFile } = facts;
  return lines(
    `cordwood verify --addr ${environment.gatewayUrl} --platform ${platformFile} --env ${environment.name}`,
    `--only ${only}`,
    ...userOptions(facts),
    ...more,
  );
}

/** The shell variable that holds a user's password. */
export function variableOf(user: string): string {
  return `${user.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_PASSWORD`;
}
