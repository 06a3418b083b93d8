import { parseByteSize } from '../config/byte-size.ts';
import { parsePrometheusDuration } from '../extract/go-duration.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';

/** Limits that a client sets for one request, to be safe from its own queries (loki.md 1.1). */
export type RequestedLimits = Partial<
  Pick<
    Limits,
    | 'maxQueryLengthMs'
    | 'maxQueryRangeMs'
    | 'maxQueryLookbackMs'
    | 'queryTimeoutMs'
    | 'maxEntriesLimitPerQuery'
    | 'maxQueryBytesReadBytes'
    | 'requiredLabels'
    | 'minimumLabelsNumber'
  >
>;

/** Reads `X-Loki-Query-Limits`. Undefined when it is malformed: Loki ignores it then. */
export function parseRequestedLimits(header: string): RequestedLimits | undefined {
  let content: unknown;
  try {
    content = JSON.parse(header);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  const limits: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) {
    const member = members.get(key);
    // Keys of other versions say nothing here.
    if (member === undefined) continue;
    const read = member.read(value);
    if (read === undefined) return undefined;
    limits[member.limit] = read;
  }
  return limits;
}

const members: ReadonlyMap<string, { limit: keyof RequestedLimits; read: (value: unknown) => unknown }> = new Map([
  ['maxQueryLength', { limit: 'maxQueryLengthMs', read: readDurationMs }],
  ['maxQueryInterval', { limit: 'maxQueryRangeMs', read: readDurationMs }],
  ['maxQueryLookback', { limit: 'maxQueryLookbackMs', read: readDurationMs }],
  ['maxQueryTime', { limit: 'queryTimeoutMs', read: readDurationMs }],
  ['maxEntriesLimitPerQuery', { limit: 'maxEntriesLimitPerQuery', read: readCount }],
  ['maxQueryBytesRead', { limit: 'maxQueryBytesReadBytes', read: readBytes }],
  ['requiredLabels', { limit: 'requiredLabels', read: readTexts }],
  ['minimumLabelsNumber', { limit: 'minimumLabelsNumber', read: readCount }],
]);

function readDurationMs(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const { durationNs } = parsePrometheusDuration(value);
  return durationNs === undefined ? undefined : Number(durationNs / 1_000_000n);
}

function readBytes(value: unknown): number | undefined {
  return typeof value === 'string' ? parseByteSize(value) : undefined;
}

function readCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function readTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}

/** A tenant's limits made tighter, never wider. */
export function tightenLimits(limits: Limits, requested: RequestedLimits): Limits {
  const smaller = (own: number, wanted = 0) => (wanted > 0 && (own <= 0 || wanted < own) ? wanted : own);
  return {
    ...limits,
    maxQueryLengthMs: smaller(limits.maxQueryLengthMs, requested.maxQueryLengthMs),
    maxQueryRangeMs: smaller(limits.maxQueryRangeMs, requested.maxQueryRangeMs),
    maxQueryLookbackMs: smaller(limits.maxQueryLookbackMs, requested.maxQueryLookbackMs),
    queryTimeoutMs: smaller(limits.queryTimeoutMs, requested.queryTimeoutMs),
    maxEntriesLimitPerQuery: smaller(limits.maxEntriesLimitPerQuery, requested.maxEntriesLimitPerQuery),
    maxQueryBytesReadBytes: smaller(limits.maxQueryBytesReadBytes, requested.maxQueryBytesReadBytes),
    requiredLabels: [...new Set([...limits.requiredLabels, ...(requested.requiredLabels ?? [])])],
    minimumLabelsNumber: Math.max(limits.minimumLabelsNumber, requested.minimumLabelsNumber ?? 0),
  };
}

/** The limits that hold for a request with this header. */
export function limitsOfRequest(limitsFor: LimitsFor, header: string | undefined): LimitsFor {
  const requested = header === undefined ? undefined : parseRequestedLimits(header);
  return requested === undefined ? limitsFor : (tenant) => tightenLimits(limitsFor(tenant), requested);
}
