import { stringify } from 'yaml';
import { limitsDocument } from '../../config/limits-config.ts';
import type { ConfigBlock } from '../../model/limits.ts';
import type { Tenant } from '../../model/tenant.ts';
import { text } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { goJson } from '../go-json.ts';
import type { Route } from '../route.ts';
import { lokiVersion } from './buildinfo.ts';

/** The limits of a tenant that may be shown (`tenant_limits_allow_publish`; an empty list means all). */
function publishedLimits(tenant: Tenant, { config, limitsFor }: ApiContext): ConfigBlock {
  const document = limitsDocument(limitsFor(tenant));
  const allowed = config.tenantLimitsAllowPublish;
  if (allowed.length === 0) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => allowed.includes(key)));
}

export const drilldownLimits: Route = {
  paths: ['/loki/api/v1/drilldown-limits'],
  methods: ['GET'],
  summary: 'Limits of the tenant, for Logs Drilldown.',
  tenancy: 'header',
  refusals: 'plain',
  answers: { 200: 'The limits.', 401: 'The header X-Scope-OrgID is missing, also when authentication is off.' },
  handle({ tenant }, context) {
    const body = {
      limits: publishedLimits(tenant, context),
      pattern_ingester_enabled: context.config.patternIngester.enabled,
      version: lokiVersion,
    };
    return { status: 200, contentType: 'application/json', body: `${goJson(body)}\n` };
  },
};

export const tenantLimits: Route = {
  paths: ['/config/tenant/v1/limits'],
  methods: ['GET'],
  summary: 'Limits of the tenant as YAML.',
  tenancy: 'header',
  refusals: 'plain',
  answers: { 200: 'The limits.', 401: 'The header X-Scope-OrgID is missing, also when authentication is off.' },
  handle({ tenant }, context) {
    return text(stringify(publishedLimits(tenant, context), { lineWidth: 0 }));
  },
};
