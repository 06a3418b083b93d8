import { parse as parseYaml } from 'yaml';
import { parsePrometheusDurationMs, printPrometheusDuration } from '../../../config/duration.ts';
import { type Check, type Criterion, judged, listed, notJudged } from '../criterion.ts';
import type { Stack } from '../stack.ts';
import { tenantLimits } from '../tenant-limits.ts';

export const retention: Criterion = {
  number: 9,
  title: 'Audit logs retained for 365 days, compliance logs 90 days, operational 30 days',
  async judge(stack) {
    const checks: Check[] = [await judgeCompactor(stack)];
    for (const tenant of stack.environment.tenants) checks.push(await judgeTenant(stack, tenant.id));
    return checks;
  },
};

/** Periods mean nothing while the compactor does not apply them. */
async function judgeCompactor(stack: Stack): Promise<Check> {
  const what = 'the compactor applies retention';
  const { status, text } = await stack.loki.request({ path: '/config' });
  if (status === 200) {
    const { compactor } = parseYaml(text) as { compactor?: { retention_enabled?: boolean } };
    const enabled = compactor?.retention_enabled === true;
    return judged(enabled, what, `compactor.retention_enabled: ${enabled}`);
  }
  // Behind a gateway: the delete API exists only with retention, and answers 404 without.
  const [tenant] = stack.environment.tenants;
  const probe = await stack.loki.request({ path: '/loki/api/v1/delete', tenant: tenant!.id });
  if (probe.status === 200 || (probe.status === 403 && probe.text.includes('deletion is not available')))
    return judged(true, what, `the delete API answers ${probe.status}`);
  return notJudged(
    what,
    `an address that shows /config (it answers ${status}): --addr of a backend, or a port-forward`,
  );
}

interface PublishedLimits {
  readonly retention_period?: string;
  readonly retention_stream?: readonly { readonly selector: string; readonly period: string }[];
}

async function judgeTenant(stack: Stack, id: string): Promise<Check> {
  const tenant = stack.environment.tenants.find((candidate) => candidate.id === id)!;
  const limits = (await tenantLimits(stack, id)) as PublishedLimits | undefined;
  if (limits?.retention_period === undefined)
    return notJudged(id, 'an address that shows /config/tenant/v1/limits or /loki/api/v1/drilldown-limits');
  const wrong: string[] = [];
  const shown: string[] = [];
  const compare = (name: string, actual: string | undefined, wantedText: string) => {
    const wanted = parsePrometheusDurationMs(wantedText)!;
    const actualMs = actual === undefined ? undefined : parsePrometheusDurationMs(actual);
    shown.push(`${name} ${actual ?? 'missing'}`);
    if (actualMs !== wanted) wrong.push(`${name} is ${actual ?? 'missing'}, not ${printPrometheusDuration(wanted)}`);
  };
  compare('retention', limits.retention_period, tenant.retention);
  for (const name of tenant.retentionClasses) {
    const wanted = stack.platform.retentionClasses.find((candidate) => candidate.name === name)!;
    const stream = limits.retention_stream?.find(({ selector }) => selector.includes(`retention_class="${name}"`));
    compare(`class ${name}`, stream?.period, wanted.period);
  }
  return judged(wrong.length === 0, id, wrong.length === 0 ? listed(shown) : listed(wrong));
}
