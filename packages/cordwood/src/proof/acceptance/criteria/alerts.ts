import { type Check, type Criterion, failed, judged, listed, notJudged } from '../criterion.ts';
import { activeAlerts, expectedRules, ruleGroups, ruleProblem } from '../rule-state.ts';
import { eventually, markedStream, markerLabel, type Stack, verifyService } from '../stack.ts';

export const alerts: Criterion = {
  number: 6,
  title: 'Log-based alerts fire correctly (error rate, compliance failures)',
  judge: async (stack) => [await judgeLoaded(stack), ...(await judgeFiring(stack))],
};

/** Every alert of the definition is loaded in its tenant and evaluates. */
async function judgeLoaded(stack: Stack): Promise<Check> {
  const what = 'every alert of the platform is loaded and evaluates';
  const wrong: string[] = [];
  let count = 0;
  for (const { id } of stack.environment.tenants) {
    const expected = expectedRules(stack, id, 'alert');
    if (expected.length === 0) continue;
    const groups = await ruleGroups(stack, id);
    if (groups === undefined) return failed(what, `${id}: the ruler does not answer`);
    for (const name of expected) {
      count++;
      const group = groups.find(({ rules }) => rules.some((rule) => rule.name === name));
      const rule = group?.rules.find((candidate) => candidate.name === name);
      const problem = rule === undefined ? `${name} is not loaded` : ruleProblem(rule, group!, stack.clock.nowNs());
      if (problem !== undefined) wrong.push(`${id}: ${problem}`);
    }
  }
  return judged(wrong.length === 0, what, wrong.length === 0 ? `${count} alerts` : listed(wrong));
}

// ---- one that fires ----------------------------------------------------------------------------------------------------------

const namespaceOfRules = 'cordwood-verify';
const canaryWords = 'alert canary';
/** What a platform's own canary rule counts. */
const canaryQuery = `{service="${verifyService}"} |= "${canaryWords}"`;
const ruleInterval = 5;
const windowSeconds = 15;

/** A rule that only lines of acceptance make fire: the platform's own canary, or one that is made for this run. */
interface Canary {
  readonly tenant: string;
  readonly name: string;
  readonly firesWithinMs: number;
  readonly resolvesWithinMs: number;
  remove(): Promise<void>;
}

async function judgeFiring(stack: Stack): Promise<Check[]> {
  const what = 'an alert fires when its lines come';
  const canary = (await platformCanary(stack)) ?? (await makeCanary(stack));
  if (canary === undefined)
    return [
      notJudged(
        what,
        `a rule over ${canaryQuery} in one of the tenants, or a ruler whose rules can be written (POST /loki/api/v1/rules)`,
      ),
    ];
  try {
    return await fireCanary(stack, canary, what);
  } finally {
    await canary.remove();
  }
}

async function fireCanary(stack: Stack, canary: Canary, what: string): Promise<Check[]> {
  const { tenant, name } = canary;
  const isFiring = async () =>
    (await activeAlerts(stack, tenant)).some(({ labels, state }) => labels['alertname'] === name && state === 'firing');
  stack.leave(tenant, `{${markerLabel}="alert"}`);
  const stream = markedStream('alert');
  const startMs = stack.clock.monotonicMs();
  const fired = await eventually(
    stack,
    canary.firesWithinMs + stack.settings.waitMs,
    async () => {
      // Again and again: the window of the rule is short, so that it resolves soon.
      const entry = { timestampNs: stack.clock.nowNs(), line: `${canaryWords} ${stack.runId}`, structuredMetadata: [] };
      const { status, text } = await stack.loki.push(tenant, stream, [entry]);
      if (status !== 204) throw new Error(`push to ${tenant}: ${status} ${text.trim()}`);
      return isFiring();
    },
    (firing) => firing,
  );
  const seconds = () => ((stack.clock.monotonicMs() - startMs) / 1000).toFixed(1);
  if (!fired) return [failed(what, `${tenant} ${name} did not fire within ${seconds()} s`)];
  const checks = [judged(true, what, `${tenant} ${name} after ${seconds()} s`)];
  if (stack.endpoints.alertmanager !== undefined) checks.push(await reachesAlertmanager(stack, name));
  const resolved = await eventually(
    stack,
    canary.resolvesWithinMs + stack.settings.waitMs,
    isFiring,
    (firing) => !firing,
  );
  checks.push(
    judged(!resolved, 'and resolves when they stop', `${resolved ? 'still firing' : 'resolved'} after ${seconds()} s`),
  );
  return checks;
}

async function reachesAlertmanager(stack: Stack, name: string): Promise<Check> {
  const url = `${stack.endpoints.alertmanager!.replace(/\/+$/, '')}/api/v2/alerts`;
  const ask = async () => {
    const response = await fetch(`${url}?${new URLSearchParams({ filter: `alertname="${name}"` })}`, {
      signal: stack.signal,
    });
    return response.ok ? ((await response.json()) as unknown[]).length : 0;
  };
  const count = await eventually(
    stack,
    stack.settings.waitMs,
    () => ask().catch(() => 0),
    (found) => found > 0,
  );
  return judged(count > 0, 'it reaches Alertmanager', count > 0 ? url : `${url} does not know ${name}`);
}

async function platformCanary(stack: Stack): Promise<Canary | undefined> {
  for (const { id } of stack.environment.tenants) {
    const groups = (await ruleGroups(stack, id)) ?? [];
    for (const { rules, interval } of groups) {
      const rule = rules.find(({ type, query }) => type === 'alerting' && query.includes(canaryQuery));
      if (rule === undefined) continue;
      const window = Number(/\[(\d+)s\]/.exec(rule.query)?.[1] ?? 60);
      return {
        tenant: id,
        name: rule.name,
        firesWithinMs: 2 * interval * 1000,
        resolvesWithinMs: (window + 2 * interval) * 1000,
        remove: async () => {},
      };
    }
  }
  return undefined;
}

/** Makes a rule group in the acceptance's own tenant, if the ruler's storage can be written. */
async function makeCanary(stack: Stack): Promise<Canary | undefined> {
  const { ownTenant: tenant } = stack.settings;
  const name = `CordwoodVerify_${stack.runId}`;
  const expr = `sum(count_over_time(${canaryQuery}[${windowSeconds}s])) > 0`;
  const group = { name, interval: `${ruleInterval}s`, rules: [{ alert: name, expr, labels: { severity: 'info' } }] };
  const path = `/loki/api/v1/rules/${namespaceOfRules}`;
  const { status } = await stack.loki.request({
    path,
    method: 'POST',
    tenant,
    body: { type: 'application/yaml', bytes: JSON.stringify(group) },
  });
  if (status !== 202) return undefined;
  return {
    tenant,
    name,
    // The ruler reads its storage every poll_interval, a minute unless it was set.
    firesWithinMs: 60_000 + 2 * ruleInterval * 1000,
    resolvesWithinMs: (windowSeconds + 2 * ruleInterval) * 1000,
    remove: async () => {
      await stack.loki.request({ path: `${path}/${name}`, method: 'DELETE', tenant });
    },
  };
}
