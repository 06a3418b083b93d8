import { type Labels, labelValue } from '../model/labels.ts';
import { setLabel } from './label-sets.ts';

/** On every result of a query over several tenants (loki.md 3.4). */
export const tenantLabel = '__tenant_id__';
/** Where a label of that name goes that the data brings along. */
const originalTenantLabel = 'original___tenant_id__';

export function addTenantLabel(labels: Labels, tenant: string): Labels {
  const own = labelValue(labels, tenantLabel);
  return setLabel(own === '' ? labels : setLabel(labels, originalTenantLabel, own), tenantLabel, tenant);
}
