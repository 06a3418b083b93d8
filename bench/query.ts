import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPooledEngine } from '../packages/cordwood/src/api/workers/pooled-engine.ts';
import { createEntryColumns } from '../packages/cordwood/src/model/entry.ts';
import { createLabels, noLabels } from '../packages/cordwood/src/model/labels.ts';
import { defaultLimits } from '../packages/cordwood/src/model/limits.ts';
import type { Tenant } from '../packages/cordwood/src/model/tenant.ts';
import { createEngine } from '../packages/cordwood/src/query/engine.ts';
import { parseQuery } from '../packages/cordwood/src/query/parse-query.ts';
import { openStore } from '../packages/cordwood/src/store/store.ts';
import { randomInt, seededRandom } from '../packages/cordwood/src/world/random.ts';
import { systemClock } from '../packages/cordwood/src/world/system-clock.ts';
import { systemDisk } from '../packages/cordwood/src/world/system-disk.ts';

// npm run bench -- query [MIB] [NAME,...] [RUNS] [WORKERS]: JSON logs of 48 services over 24 h in a real store, sealed and opened again, then asked
// the questions of shared/bench: wall and CPU time of each, cold (nothing of the store in memory, files in the page cache) and warm, and
// rows read. `turn` is the longest time for which this thread had no turn. WORKERS 0: everything in it.

const mib = Number(process.argv[2] ?? 128);
const only = process.argv[3]?.split(',');
const runs = Number(process.argv[4] ?? 3);
const workers = Number(process.argv[5] ?? 0);
const tenant = 'bench' as Tenant;
const random = seededRandom(7);
const pick = <T>(items: readonly T[]): T => items[randomInt(random, items.length)]!;
const hex = (length: number) => Array.from({ length }, () => '0123456789abcdef'[randomInt(random, 16)]).join('');

const services = [
  'csrd',
  'cbam',
  'eudr',
  'sb253',
  'ledger',
  'ingest',
  'factor',
  'report',
  'supplier',
  'audit',
  'gateway',
  'scheduler',
];
const events = [
  'emission_calculated',
  'record_validated',
  'http_request',
  'cache_miss',
  'retry_scheduled',
  'report_rendered',
  'auth_failed',
  'db_query',
  'supplier_synced',
  'factor_lookup',
];
const levels = ['DEBUG', ...Array<string>(12).fill('INFO'), 'WARN', 'WARN', 'ERROR'];
const messages = [
  'completed without warnings',
  'upstream timeout, will retry',
  'validated against schema CBAM-2026-Q3',
  'connection reset by peer',
  'stored 42 rows in emission_factor',
  'user session expired',
  'no data for reporting period',
];
const streams = services.flatMap((base) =>
  [0, 1, 2, 3].flatMap((index) =>
    ['pod-a', 'pod-b'].map((pod) => {
      const service = `${base}-agent-${index}`;
      const labels = createLabels({
        cluster: 'gl-eks',
        container: `${base}-agent`,
        namespace: 'greenlang-prod',
        pod: `${service}-${pod}`,
        service_name: service,
      });
      return { labels, service };
    }),
  ),
);

const endMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
const beginMs = endMs - 24 * 3_600_000;
const lineCount = Math.ceil((mib * 2 ** 20) / 395);
let needle = '';

const directory = await mkdtemp(join(tmpdir(), 'cordwood-bench-'));
const limits = {
  ...defaultLimits,
  rejectOldSamples: false,
  ingestionRateMb: 1e6,
  ingestionBurstSizeMb: 1e6,
  perStreamRateLimitBytes: 1e12,
  perStreamRateLimitBurstBytes: 1e12,
};
const open = () =>
  openStore({
    disk: systemDisk,
    directory,
    clock: systemClock,
    limitsFor: () => limits,
    compileSelector: () => () => true,
    log: () => {},
  });
let store = await open();
const loadMs = performance.now();
let bytes = 0;
for (let first = 0; first < lineCount; first += 2600) {
  const groups = new Map<number, { timestampNs: bigint; line: string; structuredMetadata: typeof noLabels }[]>();
  for (let i = first; i < Math.min(first + 2600, lineCount); i++) {
    const ms = beginMs + Math.floor((i / lineCount) * 24 * 3_600_000);
    const stream = randomInt(random, streams.length);
    const { service } = streams[stream]!;
    const request = `req-${hex(10)}`;
    if (i === Math.floor(lineCount * 0.37)) needle = request;
    const line = JSON.stringify({
      timestamp: new Date(ms).toISOString(),
      level: pick(levels),
      event: pick(events),
      logger: `greenlang.agents.${service.split('-')[0]}`,
      service,
      version: `1.${randomInt(random, 4)}.0`,
      environment: 'production',
      tenant_id: `tenant-${String(randomInt(random, 40)).padStart(3, '0')}`,
      request_id: request,
      trace_id: hex(32),
      span_id: hex(16),
      duration_ms: randomInt(random, 100_000) / 1000,
      message: pick(messages),
      data: {
        supplier: `S-${randomInt(random, 5000)}`,
        kg_co2e: randomInt(random, 1e6) / 100,
        scope: 1 + randomInt(random, 3),
      },
    });
    bytes += line.length;
    const group = groups.get(stream) ?? [];
    groups.set(stream, group);
    group.push({ timestampNs: BigInt(ms) * 1_000_000n + BigInt(i % 1_000_000), line, structuredMetadata: noLabels });
  }
  const pushed = [...groups].map(([stream, entries]) => ({
    labels: streams[stream]!.labels,
    entries: createEntryColumns(entries),
  }));
  const outcome = await store.push(tenant, pushed, { format: 'protobuf' });
  if (outcome.status !== 204) throw new Error(outcome.message);
}
await store.flush();
console.log(
  `${(bytes / 1e6).toFixed(0)} MB in ${lineCount} lines loaded and sealed in ${((performance.now() - loadMs) / 1000).toFixed(1)} s`,
);

const all = '{namespace="greenlang-prod"}';
const questions: Readonly<Record<string, readonly [query: string, stepSeconds?: number]>> = {
  needle: [`${all} |= "${needle}"`],
  absent: [`${all} |= "req-nothing-here"`],
  regex_rare: [`${all} |~ "supplier\\":\\"S-499[0-9]\\",\\"kg_co2e\\":99[0-9]{2}"`],
  regex_icase: [`${all} |~ "(?i)AUTH_FAILED.*s-4999\\""`],
  json_filter: [`${all} | json | level="ERROR" | duration_ms > 99.99`],
  last100: ['{service_name="csrd-agent-1"}'],
  rate_by_service: [`sum by (service_name)(rate(${all}[5m]))`, 300],
  needle_count: [`sum(count_over_time(${all} |= "auth_failed" [1h]))`, 3600],
  json_errors: [`sum by (service_name)(count_over_time(${all} | json | level="ERROR" [5m]))`, 300],
  json_top_event: [`topk(5, sum by (event)(count_over_time(${all} | json event="event" [1h])))`, 3600],
  p99: [`quantile_over_time(0.99, ${all} | json duration="duration_ms" | unwrap duration [5m]) by (service_name)`, 300],
  heavy: [
    `topk(3, sum by (event, who)(count_over_time(${all} | json | regexp "(?P<who>supplier)" | line_format "{{.event}} {{.level}}" | label_format x="{{.event | upper}}" |~ "a.*e" [1h])))`,
    3600,
  ],
  bytes: [`sum by (container)(bytes_over_time(${all}[1h]))`, 3600],
};

/** The longest time for which nothing else had a turn in this thread, until the returned function is called. */
function watchTurns(): () => number {
  const everyMs = 5;
  let longestMs = 0;
  let lastMs = performance.now();
  const turn = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs - everyMs);
    lastMs = nowMs;
  };
  const timer = setInterval(turn, everyMs);
  return () => {
    clearInterval(timer);
    turn();
    return longestMs;
  };
}

const perGiB = 2 ** 30 / bytes;
console.log(
  `${'question'.padEnd(16)} ${'cold ms'.padStart(8)} ${'CPU s'.padStart(7)} ${'warm ms'.padStart(8)} ${'CPU s'.padStart(7)} ${'CPU s/GiB'.padStart(9)} ${'turn ms'.padStart(8)}  rows read`,
);
for (const [name, [text, stepSeconds]] of Object.entries(questions)) {
  if (only !== undefined && !only.includes(name)) continue;
  await store.close();
  store = await open();
  const inline = createEngine({ select: store.select, clock: systemClock, limitsFor: () => limits });
  const options = { store, deletes: undefined, limitsFor: () => limits, clock: systemClock, log: () => {}, workers };
  const engine = createPooledEngine({ engine: inline, ...options });
  const expression = parseQuery(text).expression!;
  const walls: number[] = [];
  const cpus: number[] = [];
  let rowsRead = 0;
  let returned = 0;
  let turnMs = 0;
  for (let run = 0; run < runs; run++) {
    const cpu = process.cpuUsage();
    const longestTurn = watchTurns();
    const startedMs = performance.now();
    const result = await engine.run({
      tenants: [tenant],
      expression,
      kind: 'range',
      startNs: BigInt(beginMs - 1000) * 1_000_000n,
      endNs: BigInt(endMs + 1000) * 1_000_000n,
      stepNs: BigInt(stepSeconds ?? 60) * 1_000_000_000n,
      intervalNs: 0n,
      limit: 100,
      direction: 'backward',
    });
    walls.push(performance.now() - startedMs);
    turnMs = Math.max(turnMs, longestTurn());
    const used = process.cpuUsage(cpu);
    cpus.push((used.user + used.system) / 1e6);
    rowsRead = result.statistics.rowsRead;
    returned = result.statistics.entriesReturned;
  }
  await engine.close();
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const [cold, warm] = [cpus[0]!, median(cpus.slice(1))];
  console.log(
    `${name.padEnd(16)} ${walls[0]!.toFixed(0).padStart(8)} ${cold.toFixed(3).padStart(7)} ${median(walls.slice(1)).toFixed(0).padStart(8)} ${warm.toFixed(3).padStart(7)} ${(warm * perGiB).toFixed(3).padStart(9)} ${turnMs.toFixed(0).padStart(8)}  ${rowsRead} read, ${returned} returned`,
  );
}
await store.close();
rmSync(directory, { recursive: true });
