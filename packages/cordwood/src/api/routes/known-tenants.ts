import type { ApiContext } from '../api-context.ts';
import { goJson } from '../go-json.ts';
import type { Route } from '../route.ts';

/**
 * The tenants that the page offers: those with limits of their own and those with data. Where the server listens on more than this
 * machine there are none: the names are nobody's business who does not know them, and the page asks for one.
 */
export const knownTenants: Route = {
  paths: ['/cordwood/api/tenants'],
  methods: ['GET'],
  summary: 'Tenants that this server knows, for the page.',
  tenancy: 'none',
  refusals: 'plain',
  answers: { 200: 'Names of tenants, and whether a tenant must be named at all.' },
  handle(_request, context) {
    const body = { tenants: tenantsOf(context), authEnabled: context.config.authEnabled };
    return { status: 200, contentType: 'application/json', body: `${goJson(body)}\n` };
  },
};

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

function tenantsOf({ config, configuredTenants, store }: ApiContext): string[] {
  if (!config.authEnabled) return ['fake'];
  if (!loopback.has(config.server.httpListenAddress)) return [];
  const configured = configuredTenants?.() ?? [];
  return [
    ...configured,
    ...store
      .tenants()
      .filter((tenant) => !configured.includes(tenant))
      .sort(),
  ];
}
