import { parseTenant, type Tenant } from '../model/tenant.ts';

/** The tenant of a server without authentication. */
export const soleTenant = 'fake' as Tenant;

export type TenantsResult =
  | { readonly tenants: readonly Tenant[]; readonly error?: undefined }
  /** `status` 401: no tenant was named. */
  | { readonly tenants?: undefined; readonly status: 400 | 401; readonly error: string };

/**
 * The tenants of a request by its `X-Scope-OrgID` header: one, or several as `a|b` (sorted, each once). `X-Scope-OrgID` says
 * whose data is meant; it is not authentication: whoever can reach the server can name any tenant.
 */
export function requestTenants(header: string | undefined, authEnabled: boolean): TenantsResult {
  if (!authEnabled) return { tenants: [soleTenant] };
  if (header === undefined || header === '') return { status: 401, error: 'no org id' };
  // Node gives header bytes as latin1; Go takes them for UTF-8. Only the error text shows the difference.
  const ids = Buffer.from(header, 'latin1').toString('utf8').split('|');
  const tenants = new Set<Tenant>();
  for (const id of ids) {
    const result = parseTenant(id);
    if ('error' in result) return { status: 400, error: result.error };
    tenants.add(result.tenant);
  }
  return { tenants: [...tenants].sort() };
}
