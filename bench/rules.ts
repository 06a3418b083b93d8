import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from '@cordwood/logql';
import { engineQueries } from '../packages/cordwood/src/cli/server-ruler.ts';
import { createEntryColumns, type Entry } from '../packages/cordwood/src/model/entry.ts';
import { createLabels, noLabels } from '../packages/cordwood/src/model/labels.ts';
import { defaultLimits } from '../packages/cordwood/src/model/limits.ts';
import type { Tenant } from '../packages/cordwood/src/model/tenant.ts';
import { createEngine } from '../packages/cordwood/src/query/engine.ts';
import type { Rule, RuleGroup } from '../packages/cordwood/src/rules/rule-group.ts';
import { createRuler } from '../packages/cordwood/src/rules/ruler.ts';
import { LogStore } from '../packages/cordwood/src/store/log-store.ts';
import { randomInt, seededRandom } from '../packages/cordwood/src/world/random.ts';
import { SimulatedClock } from '../packages/cordwood/src/world/simulated-clock.ts';
import { systemDisk } from '../packages/cordwood/src/world/system-disk.ts';

// 500 rules every minute on a store that takes 20 MiB of JSON lines a second: CPU seconds of ingestion and of evaluation for each
// minute of logs. Time is simulated, so that a busy machine changes nothing but the wait; evaluation is that of the ruler.
// npm run bench -- rules [--minutes 3] [--mib-per-second 20] [--rules 500]

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    'mib-per-second': { type: 'string', default: '20' },
    rules: { type: 'string', default: '500' },
  },
});
const minutes = Number(options.minutes);
const bytesPerSecond = Number(options['mib-per-second']) * 2 ** 20;
const ruleCount = Number(options.rules);
const random = seededRandom(7);
const int = (limit: number) => randomInt(random, limit);
const pick = <Item>(items: readonly Item[]): Item => items[int(items.length)]!;
const services = ['csrd', 'cbam', 'eudr', 'sb253', 'ledger', 'gateway'].flatMap((name) =>
  [0, 1, 2, 3].map((n) => `${name}-${n}`),
);
const streams = services.flatMap((service) =>
  ['a', 'b'].map((pod) => createLabels({ namespace: 'greenlang', pod: `${service}-${pod}`, service })),
);
const levels = ['DEBUG', ...Array<string>(12).fill('INFO'), 'WARN', 'WARN', 'ERROR'];
const events = ['emission_calculated', 'record_validated', 'http_request', 'cache_miss', 'auth_failed', 'db_query'];
const messages = ['completed without warnings', 'upstream timeout, will retry', 'stored 42 rows in emission_factor'];
const pool = Array.from({ length: 20_000 }, (_, i) =>
  JSON.stringify({
    level: pick(levels),
    event: pick(events),
    trace_id: `${i}`.padStart(32, '0'),
    duration_ms: int(100_000) / 1000,
    message: pick(messages),
    data: { supplier: `S-${int(5000)}`, kg_co2e: int(1e6) / 100, scope: 1 + int(3) },
  }),
);
const averageBytes = pool.reduce((sum, line) => sum + line.length, 0) / pool.length;
const linesPerSecond = Math.round(bytesPerSecond / averageBytes);

/** What alerts ask in practice, for one service each, and a few for the whole namespace. */
const forms = [
  (s: string) => `sum by (service) (rate({service="${s}"} | json level="level" | level="ERROR" [5m]))`,
  (s: string) => `sum by (service) (count_over_time({service="${s}"} |= "upstream timeout" [5m]))`,
  (s: string) => `sum by (service) (count_over_time({service="${s}"} |~ "auth_(failed|denied)" [1m]))`,
  (s: string) =>
    `quantile_over_time(0.99, {service="${s}"} | json duration_ms="duration_ms" | unwrap duration_ms | __error__="" [1m]) by (service)`,
  (s: string) => `sum by (service) (bytes_over_time({service="${s}"}[1m]))`,
  (s: string) => `absent_over_time({service="${s}"}[5m])`,
];
const rules = Array.from({ length: ruleCount }, (_, i): Rule => {
  const form = forms[i % forms.length]!;
  const service = services[Math.floor(i / forms.length) % services.length]!;
  const expression = i % 50 === 0 ? 'sum by (service) (rate({namespace="greenlang"} |= "ERROR" [1m]))' : form(service);
  return {
    kind: 'alerting',
    name: `Rule${i}`,
    expression: `${expression} > ${i}`,
    forMs: 0,
    labels: {},
    annotations: {},
  };
});
const groups: RuleGroup[] = Array.from({ length: Math.ceil(ruleCount / 10) }, (_, i) => ({
  name: `group-${i}`,
  intervalMs: 60_000,
  limit: 0,
  rules: rules.slice(i * 10, i * 10 + 10),
}));

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const directory = await mkdtemp(join(tmpdir(), 'cordwood-bench-rules-'));
const tenant = 'bench' as Tenant;
const limits = {
  ...defaultLimits,
  ingestionRateMb: 1e6,
  ingestionBurstSizeMb: 1e6,
  perStreamRateLimitBytes: 1e12,
  perStreamRateLimitBurstBytes: 1e12,
};
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - minutes * 60_000;
const clock = new SimulatedClock(BigInt(startMs) * 1_000_000n);
const log = (level: string, message: string, fields?: unknown) => {
  if (level === 'error' || level === 'warn') console.log(level, message, fields ?? '');
};
const store = await LogStore.open({
  disk: systemDisk,
  directory,
  clock,
  limitsFor: () => limits,
  compileSelector: () => () => false,
  log,
});
const engine = createEngine({ select: store.select, clock, limitsFor: () => limits });
let evaluated = 0;
let inFlight = 0;
const queries = engineQueries(engine);
const ruler = createRuler({
  store: {
    tenants: async () => [tenant],
    list: async () => ({ namespaces: new Map([['n', groups]]), diagnostics: [] }),
    write: undefined,
  },
  async query(...asked) {
    inFlight++;
    try {
      return await queries.samples(...asked);
    } finally {
      inFlight--;
      evaluated++;
    }
  },
  expand: (_name, text) => text,
  printExpression: (text) => (parse(text).expression === undefined ? '' : text),
  notify: () => {},
  record: () => {},
  stateFile: undefined,
  clock,
  log,
  evaluationIntervalMs: 60_000,
  pollIntervalMs: 3_600_000,
  resendDelayMs: 60_000,
});

console.log(`${ruleCount} rules, ${linesPerSecond} lines a second of ${Math.round(averageBytes)} bytes`);
await ruler.start();
for (let minute = 0; minute < minutes; minute++) {
  let pushCpu = 0;
  let evaluationCpu = 0;
  let slowestSeconds = 0;
  const before = evaluated;
  for (let second = 0; second < 60; second++) {
    const nowMs = startMs + (minute * 60 + second) * 1000;
    const rows = streams.map((): Entry[] => []);
    for (let i = 0; i < linesPerSecond; i++)
      rows[i % rows.length]!.push({
        timestampNs: BigInt(nowMs) * 1_000_000n + BigInt(Math.floor((i / linesPerSecond) * 1e9)),
        line: pool[(i + second * 7) % pool.length]!,
        structuredMetadata: noLabels,
      });
    const push = streams.map((labels, i) => ({ labels, entries: createEntryColumns(rows[i]!) }));
    let cpu = cpuSeconds();
    const outcome = await store.push(tenant, push, { format: 'protobuf' });
    if (outcome.status !== 204) throw new Error(outcome.message);
    pushCpu += cpuSeconds() - cpu;
    // Groups are spread over the minute: some are due in each second.
    cpu = cpuSeconds();
    const started = performance.now();
    await clock.advance(1000);
    await settled();
    slowestSeconds = Math.max(slowestSeconds, (performance.now() - started) / 1000);
    evaluationCpu += cpuSeconds() - cpu;
  }
  const evaluations = evaluated - before;
  console.log(
    `minute ${minute + 1}: ingestion ${pushCpu.toFixed(1)} CPU s, ${evaluations} evaluations ${evaluationCpu.toFixed(1)} CPU s (${((evaluationCpu / 60) * 100).toFixed(1)} % of a core, ${((evaluationCpu * 1000) / Math.max(1, evaluations)).toFixed(1)} ms each); longest second took ${slowestSeconds.toFixed(2)} s`,
  );
}
const failed = ruler.allGroups().flatMap((group) => group.rules.filter(({ health }) => health === 'err'));
if (failed.length > 0) console.log(`${failed.length} rules fail: ${failed[0]!.lastError}`);
await ruler.stop();
await store.close();
await rm(directory, { recursive: true });

/** Waits until no rule is being evaluated; the rules of a group follow one another without a pause. */
async function settled(): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 5));
  while (inFlight > 0);
}
