import { compareHistory } from '../../../migrate/compare/compare-history.ts';
import { createLokiSide, type LokiSide } from '../../../migrate/copy/loki-side.ts';
import { parseTenantRules } from '../../../migrate/copy/tenant-rules.ts';
import { RequestError } from '../../../model/failure.ts';
import { type Criterion, judged, listed, notJudged } from '../criterion.ts';
import type { Stack } from '../stack.ts';

const minuteNs = 60_000_000_000n;
const spanNs = 10n * minuteNs;

export const migrationParity: Criterion = {
  number: 13,
  title: 'Migration from Promtail to Alloy completed with zero log loss',
  async judge(stack) {
    const what = 'while both Lokis are written to, they hold the same lines';
    const { oldLoki } = stack.endpoints;
    if (oldLoki === undefined) return [notJudged(what, '--old-loki: the Loki that dual-write also sends to')];
    const { clock, signal } = stack;
    const endNs = clock.nowNs() - BigInt(stack.settings.settleMs) * 1_000_000n;
    const tenants = stack.environment.tenants.filter(({ namespaces }) => namespaces.length > 0);
    const rules = parseTenantRules(tenants.map(({ id, namespaces }) => `{namespace=~"${namespaces.join('|')}"}=${id}`));
    const result = await compareHistory({
      from: createLokiSide({ url: oldLoki, clock, signal, retryForMs: stack.settings.waitMs }),
      to: newSide(stack),
      tenants: [stack.settings.oldTenant],
      tenantOf: rules.tenantOf!,
      targetTenants: rules.tenants!,
      span: { startNs: endNs - spanNs, endNs },
      windowNs: spanNs,
      intervalNs: minuteNs,
      // The old pipeline made labels of what the new one makes structured metadata, and the other way round.
      by: ['namespace', 'service'],
      ignoredLabels: new Set(),
      ignoredMetadata: 'all',
      only: (labels) => labels.some(({ name, value }) => name === 'namespace' && value !== ''),
      pageSize: 5000,
      parallel: 2,
      signal,
    });
    const entries = result.tenants.reduce((sum, { from }) => sum + from.entries, 0);
    if (entries === 0) return [notJudged(what, 'lines in the old Loki, of the ten minutes that are compared')];
    return result.tenants
      .filter(({ streams }) => streams > 0)
      .map(({ tenant, from, to, missing, extra, changed }) =>
        judged(
          missing + extra + changed === 0,
          `${tenant}: ${what}`,
          missing + extra + changed === 0
            ? `${to.entries} lines`
            : listed([
                `${from.entries} there, ${to.entries} here`,
                `${missing} missing`,
                `${extra} extra`,
                `${changed} changed`,
              ]),
        ),
      );
  },
};

/** The stack as a side of a comparison, through the probe and its budget. */
function newSide({ loki }: Stack): LokiSide {
  return {
    url: loki.url,
    async get(tenant, path, parameters, headers = {}) {
      const { status, text } = await loki.request({ path, tenant, parameters, headers });
      if (status !== 200) throw new RequestError(status, text.trim());
      return JSON.parse(text);
    },
    push: () => Promise.reject(new Error('BUG: a comparison does not push')),
  };
}
