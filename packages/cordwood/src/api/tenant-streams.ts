import type { Labels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import { compileSelector } from '../query/stream-matchers.ts';
import { addTenantLabel, tenantLabel } from '../query/tenant-label.ts';
import type { StreamSelector } from './selectors.ts';

/**
 * Reads over several tenants at once (`X-Scope-OrgID: a|b`): every stream carries its tenant as `__tenant_id__`, a label of
 * that name which it had before becomes `original___tenant_id__`, and matchers on it choose tenants (loki.md 3.4).
 */
const originalTenantLabel = 'original___tenant_id__';

export interface TenantStreams {
  readonly tenant: Tenant;
  /** The selector for this tenant's own labels. */
  readonly selector: StreamSelector;
  /** Labels as the answer shows them. */
  readonly shown: (labels: Labels) => Labels;
}

/** What is to be asked of which tenant. With one tenant nothing changes. */
export function tenantSelectors(tenants: readonly Tenant[], selector: StreamSelector): readonly TenantStreams[] {
  if (tenants.length === 1) return [{ tenant: tenants[0]!, selector, shown: (labels) => labels }];
  const onTenant = compileSelector(selector.matchers.filter((matcher) => matcher.name === tenantLabel));
  const others = selector.matchers
    .filter((matcher) => matcher.name !== tenantLabel)
    .map((matcher) => (matcher.name === originalTenantLabel ? { ...matcher, name: tenantLabel } : matcher));
  const own: StreamSelector = { matchers: others, matches: compileSelector(others) };
  return tenants
    .filter((tenant) => onTenant([{ name: tenantLabel, value: tenant }]))
    .map((tenant) => ({ tenant, selector: own, shown: (labels) => addTenantLabel(labels, tenant) }));
}
