import { parse as parseYaml } from 'yaml';
import type { Stack } from './stack.ts';

/** The limits of a tenant as Loki publishes them, in the names of `limits_config`; undefined where no route shows them. */
export async function tenantLimits(stack: Stack, tenant: string): Promise<Record<string, unknown> | undefined> {
  const yaml = await stack.loki.request({ path: '/config/tenant/v1/limits', tenant });
  if (yaml.status === 200) return parseYaml(yaml.text) as Record<string, unknown>;
  const json = await stack.loki.request({ path: '/loki/api/v1/drilldown-limits', tenant });
  if (json.status === 200) return (JSON.parse(json.text) as { limits?: Record<string, unknown> }).limits;
  return undefined;
}
