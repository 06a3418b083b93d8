import { createLabels } from '../../packages/cordwood/src/model/labels.ts';
import { randomInt, seededRandom } from '../../packages/cordwood/src/world/random.ts';

/** JSON log lines as the services of a platform write them, of 24 services in two pods each: the load of benchmarks. */

const random = seededRandom(7);
export const int = (limit: number) => randomInt(random, limit);
const pick = <Item>(items: readonly Item[]): Item => items[int(items.length)]!;
const hex = (digits: number) =>
  Array.from({ length: digits / 2 }, () => int(256).toString(16).padStart(2, '0')).join('');
export const services = ['csrd', 'cbam', 'eudr', 'sb253', 'ledger', 'gateway'].flatMap((name) =>
  [0, 1, 2, 3].map((number) => `${name}-agent-${number}`),
);
export const streamLabels = services.flatMap((service_name) =>
  ['a', 'b'].map((pod) =>
    createLabels({ cluster: 'gl-eks', namespace: 'greenlang', pod: `${service_name}-${pod}`, service_name }),
  ),
);
const levels = ['DEBUG', ...Array<string>(12).fill('INFO'), 'WARN', 'WARN', 'ERROR'];
const events = ['emission_calculated', 'record_validated', 'http_request', 'cache_miss', 'auth_failed', 'db_query'];
const messages = ['completed without warnings', 'upstream timeout, will retry', 'stored 42 rows in emission_factor'];

export function logLine(timeMs: number, service: string): string {
  return JSON.stringify({
    timestamp: new Date(timeMs).toISOString(),
    level: pick(levels),
    event: pick(events),
    service,
    environment: 'production',
    tenant_id: `tenant-${String(int(40)).padStart(3, '0')}`,
    request_id: `req-${hex(10)}`,
    trace_id: hex(32),
    duration_ms: int(100_000) / 1000,
    message: pick(messages),
    data: { supplier: `S-${int(5000)}`, kg_co2e: int(1e6) / 100, scope: 1 + int(3) },
  });
}
