import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodePushRequest, encodePushRequest } from '../packages/cordwood/src/codec/push-request.ts';
import { parseLabels } from '../packages/cordwood/src/extract/labels-parser.ts';
import { createEntryColumns, type Entry, type PushStream } from '../packages/cordwood/src/model/entry.ts';
import { noLabels } from '../packages/cordwood/src/model/labels.ts';
import { defaultLimits } from '../packages/cordwood/src/model/limits.ts';
import { streamPredicate } from '../packages/cordwood/src/model/predicate.ts';
import type { Tenant } from '../packages/cordwood/src/model/tenant.ts';
import { openStore } from '../packages/cordwood/src/store/store.ts';
import { systemClock } from '../packages/cordwood/src/world/system-clock.ts';
import { systemDisk } from '../packages/cordwood/src/world/system-disk.ts';
import { int, logLine, services, streamLabels } from './load/log-lines.ts';

// The store alone, without HTTP: push bodies of about 1 MiB of JSON lines, sealed, then read in ways that queries read.
// npm run bench -- store [--mib 256] [--keep]

const { values: options } = parseArgs({
  options: { mib: { type: 'string', default: '256' }, keep: { type: 'boolean', default: false } },
});
function* bodies(totalBytes: number): Generator<{ body: Uint8Array; lineBytes: number; lines: number }> {
  const beginMs = Date.now() - 6 * 3_600_000;
  let written = 0;
  for (let count = 0; written < totalBytes; ) {
    const entries = streamLabels.map((): Entry[] => []);
    let lineBytes = 0;
    let lines = 0;
    for (; lineBytes < 1 << 20; count++, lines++) {
      const timeMs = beginMs + Math.floor(count * 8);
      const stream = int(entries.length);
      const text = logLine(timeMs, services[stream >> 1]!);
      entries[stream]!.push({
        timestampNs: BigInt(timeMs) * 1_000_000n + BigInt(count % 1_000_000),
        line: text,
        structuredMetadata: noLabels,
      });
      lineBytes += text.length;
    }
    written += lineBytes;
    const streams: PushStream[] = entries.map((rows, i) => ({
      labels: streamLabels[i]!,
      entries: createEntryColumns(rows),
    }));
    yield { body: encodePushRequest(streams.filter((stream) => stream.entries.rowCount > 0)), lineBytes, lines };
  }
}

const directory = await mkdtemp(join(tmpdir(), 'cordwood-bench-store-'));
const tenant = 'bench' as Tenant;
const limits = { ...defaultLimits, ingestionRateMb: 1e6, ingestionBurstSizeMb: 1e6 };
const store = await openStore({
  disk: systemDisk,
  directory,
  clock: systemClock,
  limitsFor: () => limits,
  compileSelector: () => () => false,
  log: (level, message, fields) => console.log(level, message, fields ?? ''),
});
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

// Bodies are made in batches outside the measured time.
let pushCpu = 0;
let pushWall = 0;
let lineBytes = 0;
let lines = 0;
let next: ReturnType<typeof prepared>;
function prepared(source: Generator<{ body: Uint8Array; lineBytes: number; lines: number }>) {
  return Array.from({ length: 32 }, () => source.next().value).filter((value) => value !== undefined);
}
const source = bodies(Number(options.mib) * 2 ** 20);
for (next = prepared(source); next.length > 0; next = prepared(source)) {
  const cpu = cpuSeconds();
  const start = performance.now();
  const queue = [...next];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        const decoded = decodePushRequest(item.body, parseLabels);
        if (decoded.streams === undefined) throw new Error(decoded.error);
        const outcome = await store.push(tenant, decoded.streams, { format: 'protobuf' });
        if (outcome.status !== 204) throw new Error(outcome.message);
        lineBytes += item.lineBytes;
        lines += item.lines;
      }
    }),
  );
  pushCpu += cpuSeconds() - cpu;
  pushWall += (performance.now() - start) / 1000;
}
const cpuBefore = cpuSeconds();
await store.flush();
const sealCpu = cpuSeconds() - cpuBefore;
const megabytes = lineBytes / 1e6;
const stored = store.metrics().find((metric) => metric.name === 'loki_ingester_chunk_stored_bytes_total')!
  .samples[0]!.value;
const figure = (value: number, digits = 1) => value.toFixed(digits).padStart(10);
console.log(`lines                    ${figure(lines, 0)}   ${figure(megabytes)} MB`);
console.log(
  `push until durable       ${figure(megabytes / pushWall)} MB/s ${figure(megabytes / pushCpu)} MB per CPU s (with what was sealed meanwhile)`,
);
console.log(`push until sealed        ${figure(megabytes / (pushCpu + sealCpu))} MB per CPU s`);
console.log(`stored                   ${figure(stored / 1e6)} MB   ${figure(lineBytes / stored, 2)} x`);
console.log(`peak memory              ${figure(process.resourceUsage().maxRSS / 1024, 0)} MiB (with the generator)`);

const range = { startNs: 0n, endNs: 2n ** 62n };
async function read(
  name: string,
  order: 'any' | 'time',
  visit: (batch: import('../packages/cordwood/src/model/batch.ts').Batch) => number,
) {
  let used = Number.POSITIVE_INFINITY;
  let count = 0;
  // The best of three: the first is spent on compiling.
  for (let round = 0; round < 3; round++) {
    const cpu = cpuSeconds();
    count = 0;
    const request = { tenant, range, predicate: streamPredicate(() => true), order, direction: 'forward' } as const;
    for await (const batch of store.select(request)) count += visit(batch);
    used = Math.min(used, cpuSeconds() - cpu);
  }
  console.log(
    `${name.padEnd(24)} ${figure(used, 3)} CPU s ${figure(megabytes / used)} MB per CPU s ${figure(count, 0)}`,
  );
}
const needle = Buffer.from('auth_failed');
const ones = (mask: Uint8Array | undefined) => mask?.reduce((sum, value) => sum + value, 0) ?? 0;
await read('times and streams', 'any', (batch) => batch.timestampsNs.length + batch.streamIndexes.length * 0);
await read('one field', 'any', (batch) => {
  const { dictionary } = batch.jsonField!(['level'])!;
  const error = dictionary!.texts.indexOf('ERROR');
  return dictionary!.codes.reduce((sum, code) => sum + (code === error ? 1 : 0), 0);
});
await read('one number', 'any', (batch) => {
  const field = batch.jsonField!(['duration_ms'])!;
  let over = 0;
  for (let row = 0; row < batch.rowCount; row++) if (field.number!(row) > 99.9) over++;
  return over;
});
await read('literal', 'any', (batch) => ones(batch.findLiteral!(needle, false)));
await read('absent id', 'any', (batch) => ones(batch.findLiteral!(Buffer.from('req-0123456789'), false)));
await read('all lines', 'any', (batch) => batch.lines().bytes.length * 0 + batch.rowCount);
await store.close();
if (options.keep) console.log(directory);
else await rm(directory, { recursive: true, force: true });
