import { parse } from '@cordwood/logql';
import type { Labels } from '../../model/labels.ts';
import { parseTenant } from '../../model/tenant.ts';
import { compileSelector } from '../../query/stream-matchers.ts';

/** Which tenant of the new Loki a stream goes to; nothing when no rule says it. */
export type TenantOf = (labels: Labels, sourceTenant: string) => string | undefined;

export type TenantRulesResult =
  /** `tenants` are those that the rules name; none when there are no rules. */
  | { readonly tenantOf: TenantOf; readonly tenants: readonly string[]; readonly error?: undefined }
  | { readonly tenantOf?: undefined; readonly tenants?: undefined; readonly error: string };

/**
 * Rules `SELECTOR=TENANT`, as `{namespace="greenlang-prod"}=greenlang-prod`; the first that matches decides, `{}` matches all.
 * Without rules a stream keeps its tenant.
 */
export function parseTenantRules(texts: readonly string[]): TenantRulesResult {
  if (texts.length === 0) return { tenantOf: (_, tenant) => tenant, tenants: [] };
  const rules: { matches: (labels: Labels) => boolean; tenant: string }[] = [];
  for (const text of texts) {
    const [, selector, name] = /^\s*(\{.*\})\s*=\s*([^\s={}]+)\s*$/s.exec(text) ?? [];
    if (selector === undefined || name === undefined) {
      return { error: `'${text}' is not of the form SELECTOR=TENANT, like {namespace="prod"}=prod` };
    }
    const parsed = parseStreamSelector(selector);
    if (parsed.error !== undefined) return parsed;
    const tenant = parseTenant(name);
    if ('error' in tenant) return { error: `'${text}': ${tenant.error}` };
    rules.push({ matches: parsed.matches, tenant: tenant.tenant });
  }
  return {
    tenantOf: (labels) => rules.find(({ matches }) => matches(labels))?.tenant,
    tenants: [...new Set(rules.map(({ tenant }) => tenant))],
  };
}

type SelectorResult =
  | { readonly matches: (labels: Labels) => boolean; readonly error?: undefined }
  | { readonly matches?: undefined; readonly error: string };

/** A stream selector without anything behind it; `{}` matches every stream. */
export function parseStreamSelector(text: string): SelectorResult {
  const { expression, error } = parse(text, { allowEmptySelector: true });
  if (error !== undefined || expression.kind !== 'log' || expression.stages.length > 0) {
    return { error: `'${text}' is no stream selector${error ? `: ${error.message}` : ''}` };
  }
  return { matches: compileSelector(expression.selector.matchers) };
}
