import { type Label, type Labels, labelValue, printLabels } from '../../model/labels.ts';
import { defaultLimits } from '../../model/limits.ts';
import { forEachParallel } from '../copy/for-each-parallel.ts';
import { labelNames, listStreams, splitSpan, type TimeSpan } from '../copy/list-streams.ts';
import type { LokiSide } from '../copy/loki-side.ts';
import { mergeEntries } from '../copy/merge-entries.ts';
import { entriesOf, type ReadEntry, readStream } from '../copy/read-stream.ts';
import { streamSelector } from '../copy/stream-selector.ts';
import type { TenantOf } from '../copy/tenant-rules.ts';
import { type JoinedInstant, joinEntries } from './join-entries.ts';
import { addTally, addWeight, createTally, type Tally, weighEntry, withoutMetadata } from './tally.ts';

/**
 * Proves that two Lokis hold the same entries: every entry of both is read once, stream by stream, and joined by time. What Loki
 * itself adds is left out or evened out: the label `service_name` of a side that found one, shard labels, and the structured
 * metadata `detected_level`.
 */
export interface CompareOptions {
  readonly from: LokiSide;
  readonly to: LokiSide;
  readonly tenants: readonly string[];
  readonly tenantOf: TenantOf;
  /** Tenants of the new Loki; those that the rules name, or the same as `tenants`. */
  readonly targetTenants: readonly string[];
  readonly span: TimeSpan;
  /** Time that is listed and read as one step. */
  readonly windowNs: bigint;
  /** Width of the intervals that are reported on. */
  readonly intervalNs: bigint;
  /** Only these labels make a stream; undefined for all. */
  readonly by: readonly string[] | undefined;
  readonly ignoredLabels: ReadonlySet<string>;
  readonly ignoredMetadata: ReadonlySet<string> | 'all';
  /** Streams that are compared; undefined for all. */
  readonly only: ((labels: Labels) => boolean) | undefined;
  readonly pageSize: number;
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CompareResult {
  readonly tenants: readonly TenantComparison[];
  /** The first of them; `differentIntervals` of the tenants count all. */
  readonly differences: readonly IntervalComparison[];
  readonly equal: boolean;
}

export interface TenantComparison {
  /** At the new Loki. */
  readonly tenant: string;
  readonly streams: number;
  readonly intervals: number;
  readonly differentIntervals: number;
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  readonly from: Tally;
  readonly to: Tally;
}

export interface IntervalComparison {
  readonly tenant: string;
  readonly labels: Labels;
  readonly span: TimeSpan;
  readonly from: Tally;
  readonly to: Tally;
  /** The first of them. */
  readonly lines: readonly LineDifference[];
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
}

/** `missing` at the new Loki, `extra` there, or `changed`: at the same time another line or other metadata. */
export interface LineDifference {
  readonly kind: 'missing' | 'extra' | 'changed';
  readonly timestampNs: bigint;
  readonly from: ReadEntry | undefined;
  readonly to: ReadEntry | undefined;
}

/** Kept in memory; what is more is only counted. */
const intervalsKeptMax = 1000;
const linesKeptMax = 5;
const shardLabels = new Set(['__stream_shard__', '__time_shard__']);

/** Streams of both sides that count as one, in one window. */
interface Unit {
  readonly tenant: string;
  readonly window: TimeSpan;
  readonly labels: Labels;
  readonly from: Member[];
  readonly to: Member[];
}
interface Member {
  readonly tenant: string;
  readonly selector: string;
  readonly names: ReadonlySet<string>;
}

interface MutableTenant {
  tenant: string;
  streams: Set<string>;
  intervals: number;
  differentIntervals: number;
  missing: number;
  extra: number;
  changed: number;
  from: Tally;
  to: Tally;
}

export async function compareHistory(options: CompareOptions): Promise<CompareResult> {
  const tenants = new Map<string, MutableTenant>();
  for (const tenant of options.targetTenants) tenants.set(tenant, emptyTenant(tenant));
  const differences: IntervalComparison[] = [];
  const windows = splitSpan(options.span, options.windowNs);
  for (const [index, window] of windows.entries()) {
    const units = await listUnits(window, options);
    let done = 0;
    await forEachParallel(units, options.parallel, async (unit) => {
      options.signal.throwIfAborted();
      let tenant = tenants.get(unit.tenant);
      if (tenant === undefined) {
        tenant = emptyTenant(unit.tenant);
        tenants.set(unit.tenant, tenant);
      }
      tenant.streams.add(printLabels(unit.labels));
      for await (const interval of compareUnit(unit, options)) {
        addInterval(tenant, interval);
        if (isDifferent(interval) && differences.length < intervalsKeptMax) differences.push(interval);
      }
      options.onProgress?.(index + ++done / units.length, windows.length);
    });
  }
  const finished = [...tenants.values()].map(({ streams, ...rest }) => ({ ...rest, streams: streams.size }));
  differences.sort((a, b) => (a.span.startNs < b.span.startNs ? -1 : a.span.startNs > b.span.startNs ? 1 : 0));
  return {
    tenants: finished,
    differences,
    equal: finished.every(({ differentIntervals }) => differentIntervals === 0),
  };
}

function emptyTenant(tenant: string): MutableTenant {
  const counts = { intervals: 0, differentIntervals: 0, missing: 0, extra: 0, changed: 0 };
  return { tenant, streams: new Set(), ...counts, from: createTally(), to: createTally() };
}

function addInterval(tenant: MutableTenant, interval: IntervalComparison): void {
  tenant.intervals++;
  if (isDifferent(interval)) tenant.differentIntervals++;
  tenant.missing += interval.missing;
  tenant.extra += interval.extra;
  tenant.changed += interval.changed;
  addTally(tenant.from, interval.from);
  addTally(tenant.to, interval.to);
}

function isDifferent({ missing, extra, changed }: IntervalComparison): boolean {
  return missing + extra + changed > 0;
}

// ---- which streams belong together -----------------------------------------------------------------------------------------

async function listUnits(window: TimeSpan, options: CompareOptions): Promise<Unit[]> {
  const units = new Map<string, Unit>();
  const add = (side: 'from' | 'to', tenant: string, target: string, labels: Labels, names: ReadonlySet<string>) => {
    const compared = comparedLabels(labels, options);
    const key = `${target}\u0000${printLabels(compared)}`;
    let unit = units.get(key);
    if (unit === undefined) {
      unit = { tenant: target, window, labels: compared, from: [], to: [] };
      units.set(key, unit);
    }
    const selector = memberSelector(labels, names, options);
    const known = unit[side].some((member) => member.tenant === tenant && member.selector === selector);
    if (!known) unit[side].push({ tenant, selector, names });
  };
  for (const tenant of options.tenants) {
    const streams = await listStreams(options.from, tenant, window);
    const names = labelNames(streams);
    for (const labels of streams) {
      const target = options.tenantOf(labels, tenant);
      // What no rule gives to a tenant was not copied; it shows as missing under this name.
      if (options.only?.(labels) ?? true) add('from', tenant, target ?? `(no tenant for ${tenant})`, labels, names);
    }
  }
  for (const tenant of options.targetTenants) {
    const streams = await listStreams(options.to, tenant, window);
    const names = labelNames(streams);
    for (const labels of streams) if (options.only?.(labels) ?? true) add('to', tenant, tenant, labels, names);
  }
  return [...units.values()];
}

/** By which labels a stream is known on both sides. */
function comparedLabels(labels: Labels, { by, ignoredLabels }: CompareOptions): Labels {
  const named = labels.filter(({ name }) => !shardLabels.has(name));
  const kept = withServiceName(named).filter(({ name }) => !ignoredLabels.has(name));
  return by === undefined ? kept : kept.filter(({ name }) => by.includes(name));
}

/** The label that Loki 3 adds to a stream that comes without one, by its rule; then a stream of Loki 2.9 is the same. */
function withServiceName(labels: Labels): Labels {
  if (labels.some(({ name }) => name === 'service_name')) return labels;
  const source = defaultLimits.discoverServiceName.find((name) => labelValue(labels, name) !== '');
  const found: Label = {
    name: 'service_name',
    value: source === undefined ? 'unknown_service' : labelValue(labels, source),
  };
  return [...labels, found].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Finds all streams that differ from this one only in labels that do not count. */
function memberSelector(labels: Labels, names: ReadonlySet<string>, { by, ignoredLabels }: CompareOptions): string {
  const counts = (name: string) =>
    !shardLabels.has(name) && !ignoredLabels.has(name) && (by === undefined || by.includes(name));
  const counted = labels.filter(({ name }) => counts(name));
  // A selector needs a label that is there: such a stream is read on its own.
  if (counted.length === 0) return streamSelector(labels, names);
  return streamSelector(counted, [...names].filter(counts));
}

// ---- one stream in one window ----------------------------------------------------------------------------------------------

interface OpenInterval {
  startNs: bigint;
  from: Tally;
  to: Tally;
  lines: LineDifference[];
  missing: number;
  extra: number;
  changed: number;
}

async function* compareUnit(unit: Unit, options: CompareOptions): AsyncGenerator<IntervalComparison> {
  const { intervalNs } = options;
  let open: OpenInterval | undefined;
  const close = ({ startNs, ...rest }: OpenInterval): IntervalComparison => ({
    tenant: unit.tenant,
    labels: unit.labels,
    span: { startNs, endNs: startNs + intervalNs },
    ...rest,
  });
  const left = readMembers(options.from, unit.from, unit.window, options);
  const right = readMembers(options.to, unit.to, unit.window, options);
  for await (const instant of joinEntries(left, right)) {
    const startNs = (instant.timestampNs / intervalNs) * intervalNs;
    if (open !== undefined && open.startNs !== startNs) {
      yield close(open);
      open = undefined;
    }
    open ??= { startNs, from: createTally(), to: createTally(), lines: [], missing: 0, extra: 0, changed: 0 };
    addInstant(open, instant);
  }
  if (open !== undefined) yield close(open);
}

async function* readMembers(
  side: LokiSide,
  members: readonly Member[],
  window: TimeSpan,
  { pageSize, ignoredMetadata }: CompareOptions,
): AsyncGenerator<ReadEntry> {
  const sources = members.map(({ tenant, selector, names }) =>
    readStream(entriesOf(side, tenant, names), selector, window, pageSize),
  );
  for await (const entry of mergeEntries(sources)) yield withoutMetadata(entry, ignoredMetadata);
}

function addInstant(open: OpenInterval, { timestampNs, same, from, to }: JoinedInstant): void {
  for (const entry of same) {
    const weight = weighEntry(entry);
    addWeight(open.from, weight);
    addWeight(open.to, weight);
  }
  for (const entry of from) addWeight(open.from, weighEntry(entry));
  for (const entry of to) addWeight(open.to, weighEntry(entry));
  for (let i = 0; i < Math.max(from.length, to.length); i++) {
    const [here, there] = [from[i], to[i]];
    const kind = here === undefined ? 'extra' : there === undefined ? 'missing' : 'changed';
    open[kind]++;
    if (open.lines.length < linesKeptMax) open.lines.push({ kind, timestampNs, from: here, to: there });
  }
}
