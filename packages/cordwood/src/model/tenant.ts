/** A tenant id as it came in `X-Scope-OrgID`, already validated. Passed explicitly everywhere; never ambient. */
export type Tenant = string & { readonly brand: 'Tenant' };

export const tenantLengthLimitBytes = 150;

export type TenantResult = { readonly tenant: Tenant } | { readonly error: string };

const allowed = /^[a-zA-Z0-9!\-_.*'()]$/;

/**
 * Validates one tenant id with Loki's rules and texts (loki.md 1.1): letters, digits, `! - _ . * ' ( )`,
 * at most 150 bytes, not `.` or `..`. A `tenant:sub` suffix is cut.
 */
export function parseTenant(text: string): TenantResult {
  const colon = text.indexOf(':');
  const id = colon >= 0 ? text.slice(0, colon) : text;
  for (const char of id) {
    if (!allowed.test(char)) return { error: `tenant ID '${id}' contains unsupported character '${char}'` };
  }
  if (Buffer.byteLength(id) > tenantLengthLimitBytes) return { error: 'tenant ID is too long: max 150 characters' };
  if (id === '.' || id === '..') return { error: "tenant ID is '.' or '..'" };
  if (id === '') return { error: 'no org id' };
  return { tenant: id as Tenant };
}
