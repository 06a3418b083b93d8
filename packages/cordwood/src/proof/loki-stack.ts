import { randomBytes } from 'node:crypto';
import { createLokiClient, type LokiClient, type LokiTarget, type QueryData } from '../client/loki-client.ts';
import { encodePushRequest } from '../codec/push-request.ts';
import { compressSnappy } from '../codec/snappy.ts';
import { createEntryColumns } from '../model/entry.ts';
import { createLabels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import { UnusableTest } from './case-result.ts';
import { instantSamples } from './loki-samples.ts';
import type { OpenTestStack } from './test-stack.ts';

/**
 * `--engine loki`: the same tests against a Loki that runs. Lines are pushed when their time has come, so that a query sees what
 * it would have seen then; rules are evaluated here, by instant queries. Time 0 is a day ago, since Loki takes neither old lines
 * nor lines of the future; each run has tenants of its own, which only works where Loki has tenants (`auth_enabled: true`).
 */
const backMs = 86_400_000;

export function openLokiStack(target: Omit<LokiTarget, 'tenant'>, nowMs: () => number = Date.now): OpenTestStack {
  return async () => {
    const run = randomBytes(4).toString('hex');
    const baseMs = Math.floor((nowMs() - backMs) / 60_000) * 60_000;
    const timeNs = (atMs: number) => BigInt(baseMs) * 1_000_000n + BigInt(Math.round(atMs * 1e6));
    const clients = new Map<Tenant, LokiClient>();
    const clientOf = (tenant: Tenant) => {
      const known = clients.get(tenant);
      if (known !== undefined) return known;
      const client = createLokiClient({ ...target, tenant: `${tenant}-${run}` });
      clients.set(tenant, client);
      return client;
    };
    let isChecked = false;
    return {
      async advanceTo() {},
      async push(tenant, labels, lines) {
        const rows = lines.map(({ atMs, line, structuredMetadata }) => ({
          timestampNs: timeNs(atMs),
          line,
          structuredMetadata,
        }));
        const { status, message } = await clientOf(tenant).push(
          compressSnappy(encodePushRequest([{ labels, entries: createEntryColumns(rows) }])),
        );
        if (!isChecked && status < 300)
          await assertTenants(createLokiClient({ ...target, tenant: `nobody-${run}` }), timeNs);
        isChecked = true;
        return status < 300 ? undefined : `${status} ${message}`;
      },
      querySamples: (tenant, expression, atMs) => instantSamples(clientOf(tenant), expression, timeNs(atMs)),
      async queryLogs(tenant, expression, atMs) {
        const { data } = (await clientOf(tenant).get('/loki/api/v1/query_range', {
          query: expression,
          start: String(timeNs(0)),
          // The end is exclusive.
          end: String(timeNs(atMs) + 1n),
          limit: '5000',
          direction: 'forward',
        })) as { data: QueryData };
        if (data.resultType !== 'streams') throw new UnusableTest('not a log query');
        return data.result
          .flatMap(({ stream, values }) =>
            values.map(([timestamp, line]) => ({
              labels: createLabels(stream),
              line,
              offsetNs: BigInt(timestamp) - timeNs(0),
            })),
          )
          .sort((a, b) => (a.offsetNs < b.offsetNs ? -1 : a.offsetNs > b.offsetNs ? 1 : 0));
      },
      async close() {},
    };
  };
}

/** Without tenants each test would see the lines of all others. */
async function assertTenants(nobody: LokiClient, timeNs: (atMs: number) => bigint): Promise<void> {
  const range = { start: String(timeNs(0)), end: String(timeNs(backMs)) };
  const { data = [] } = (await nobody.get('/loki/api/v1/labels', range)) as { data?: readonly string[] };
  if (data.length > 0)
    throw new UnusableTest(`${nobody.url} has no tenants (auth_enabled: false): tests would see each other's lines`);
}
