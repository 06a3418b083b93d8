import { parse } from '@cordwood/logql';
import type { FastifyInstance } from 'fastify';
import { createApi } from '../../src/api/server.ts';
import { type LokiConfig, parseLokiConfig } from '../../src/config/loki-config.ts';
import { parseLabels } from '../../src/extract/labels-parser.ts';
import { createEntryColumns } from '../../src/model/entry.ts';
import { RequestError } from '../../src/model/failure.ts';
import { createLabels, type Labels, printLabels } from '../../src/model/labels.ts';
import type { Tenant } from '../../src/model/tenant.ts';
import { createEngine, type Engine } from '../../src/query/engine.ts';
import type { QueryData } from '../../src/query/request.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { SimulatedClock } from '../../src/world/simulated-clock.ts';
import { SimulatedDisk } from '../../src/world/simulated-disk.ts';
import { type ScriptEntry, type Step, scriptOriginNs } from './script.ts';

export type Eval = Extract<Step, { kind: 'eval' }>;
export type Answer = { readonly rows: readonly string[] } | { readonly error: string };

/** One way of running a script. All of them must answer alike. */
export const stackNames = ['memory', 'sealed', 'crashed', 'http'] as const;
export type StackName = (typeof stackNames)[number];

export interface Stack {
  tenant: string;
  load(labels: string, entries: readonly ScriptEntry[]): Promise<void>;
  seal(): Promise<void>;
  crash(): Promise<void>;
  advance(durationMs: number): Promise<void>;
  eval(step: Eval): Promise<Answer>;
  close(): Promise<void>;
}

const configText = `
limits_config: {reject_old_samples: false}
schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]}
`;

export async function openStack(name: StackName): Promise<Stack> {
  const { config, diagnostics } = parseLokiConfig(configText, { file: 'loki.yaml' });
  if (config === undefined) throw new Error(JSON.stringify(diagnostics));
  const clock = new SimulatedClock(scriptOriginNs + 7_200_000_000_000n);
  const disk = new SimulatedDisk({ seed: 1 });
  let process = await startProcess(config, disk, clock);

  const stack: Stack = {
    tenant: 'scenario',
    async load(labels, entries) {
      const parsed = parseLabels(labels);
      if (parsed.labels === undefined) throw new Error(parsed.error);
      if (name === 'http') return pushOverHttp(process.app, stack.tenant, parsed.labels, entries);
      const columns = createEntryColumns(
        entries.map((entry) => ({
          timestampNs: entry.atNs,
          line: entry.line,
          structuredMetadata: createLabels(entry.metadata),
        })),
      );
      const outcome = await process.store.push(stack.tenant as Tenant, [{ labels: parsed.labels, entries: columns }], {
        format: 'json',
      });
      if (outcome.status !== 204) throw new Error(`push: ${outcome.status} ${outcome.message}`);
    },
    seal: () => process.store.flush(),
    async crash() {
      disk.crash();
      process = await startProcess(config, disk, clock);
    },
    advance: (durationMs) => clock.advance(durationMs),
    async eval(step) {
      if (name === 'sealed') await stack.seal();
      if (name === 'crashed') await stack.crash();
      return name === 'http'
        ? evalOverHttp(process.app, stack.tenant, step)
        : evalDirectly(process.engine, stack.tenant, step);
    },
    async close() {
      await process.app.close();
      await process.store.close();
    },
  };
  return stack;
}

async function startProcess(
  config: LokiConfig,
  disk: SimulatedDisk,
  clock: SimulatedClock,
): Promise<{ store: Store; engine: Engine; app: FastifyInstance }> {
  const limitsFor = () => config.limits;
  const log = () => {};
  const store = await openStore({
    disk: disk.startProcess(),
    directory: '/data',
    clock,
    limitsFor,
    compileSelector: () => () => false,
    log,
  });
  const engine = createEngine({ select: store.select, clock, limitsFor });
  const app = createApi({ store, engine, ruler: undefined, config, limitsFor, clock, log });
  await app.ready();
  return { store, engine, app };
}

async function evalDirectly(engine: Engine, tenant: string, step: Eval): Promise<Answer> {
  const { expression, error } = parse(step.query);
  if (error !== undefined) return { error: error.message };
  try {
    const result = await engine.run({
      tenants: [tenant as Tenant],
      expression,
      kind: step.form === 'instant' ? 'instant' : 'range',
      startNs: step.fromNs,
      endNs: step.toNs,
      stepNs: step.stepNs,
      intervalNs: 0n,
      limit: step.limit,
      direction: step.direction,
    });
    return { rows: rowsOf(result, step) };
  } catch (problem) {
    if (problem instanceof RequestError) return { error: problem.message };
    throw problem;
  }
}

function rowsOf(result: QueryData, step: Eval): string[] {
  switch (result.kind) {
    case 'streams':
      return lineRows(
        result.streams.flatMap((stream) => stream.entries.map(({ timestampNs, line }) => ({ timestampNs, line }))),
        step,
      );
    case 'matrix':
      return result.series.map((series) =>
        pointRow(
          printLabels(series.labels),
          [...series.timestampsMs].map((timestampMs, i) => [timestampMs, String(series.values[i])] as const),
          step,
        ),
      );
    case 'vector':
      return result.samples.map((sample) => `${printLabels(sample.labels)} ${sample.value}`);
    case 'scalar':
      return [String(result.value)];
  }
}

async function pushOverHttp(
  app: FastifyInstance,
  tenant: string,
  labels: Labels,
  entries: readonly ScriptEntry[],
): Promise<void> {
  const response = await app.inject({
    method: 'POST',
    url: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
    payload: JSON.stringify({
      streams: [
        {
          stream: Object.fromEntries(labels.map((label) => [label.name, label.value])),
          values: entries.map((entry) => [String(entry.atNs), entry.line, entry.metadata]),
        },
      ],
    }),
  });
  if (response.statusCode !== 204) throw new Error(`push: ${response.statusCode} ${response.body}`);
}

interface HttpData {
  readonly resultType: string;
  readonly result: readonly {
    readonly stream?: Record<string, string>;
    readonly metric?: Record<string, string>;
    readonly values?: readonly (readonly [string | number, string])[];
    readonly value?: readonly [number, string];
  }[];
}

async function evalOverHttp(app: FastifyInstance, tenant: string, step: Eval): Promise<Answer> {
  const parameters = new URLSearchParams({ query: step.query, limit: String(step.limit), direction: step.direction });
  if (step.form === 'instant') parameters.set('time', String(step.toNs));
  else {
    parameters.set('start', String(step.fromNs));
    parameters.set('end', String(step.toNs));
    if (step.form === 'range') parameters.set('step', String(Number(step.stepNs) / 1e9));
  }
  const path = step.form === 'instant' ? 'query' : 'query_range';
  const response = await app.inject({
    url: `/loki/api/v1/${path}?${parameters}`,
    headers: { 'x-scope-orgid': tenant },
  });
  if (response.statusCode !== 200) return { error: response.body };
  const { data } = response.json() as { data: HttpData };
  if (data.resultType === 'streams') {
    const entries = data.result.flatMap((stream) =>
      stream.values!.map(([timestamp, line]) => ({ timestampNs: BigInt(timestamp), line })),
    );
    return { rows: lineRows(entries, step) };
  }
  return {
    rows: data.result.map((series) => {
      const labels = printLabels(createLabels(series.metric!));
      return series.value === undefined
        ? pointRow(
            labels,
            series.values!.map(([seconds, value]) => [Number(seconds) * 1000, value] as const),
            step,
          )
        : `${labels} ${series.value[1]}`;
    }),
  };
}

/** Entries of all streams by time; equal times keep the order of the answer. */
function lineRows(entries: readonly { readonly timestampNs: bigint; readonly line: string }[], step: Eval): string[] {
  const sign = step.direction === 'forward' ? 1 : -1;
  const sorted = [...entries].sort((a, b) =>
    a.timestampNs === b.timestampNs ? 0 : a.timestampNs < b.timestampNs ? -sign : sign,
  );
  return sorted.map(({ timestampNs, line }) => `${printOffset(timestampNs - scriptOriginNs)} ${line}`);
}

function printOffset(offsetNs: bigint): string {
  const seconds = offsetNs / 1_000_000_000n;
  return offsetNs % 3_600_000_000_000n === 0n && offsetNs > 0n ? `${seconds / 3600n}h` : `${seconds}s`;
}

/** Labels and the value of every step; `_` where there is none. */
function pointRow(
  labels: string,
  points: readonly (readonly [timestampMs: number, value: string])[],
  step: Eval,
): string {
  const values = new Map(points);
  const row: string[] = [];
  for (let atNs = step.fromNs; atNs <= step.toNs; atNs += step.stepNs)
    row.push(values.get(Number(atNs / 1_000_000n)) ?? '_');
  return `${labels} ${row.join(' ')}`;
}
