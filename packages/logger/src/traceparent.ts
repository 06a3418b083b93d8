import { randomHex } from './host.ts';

/** W3C Trace Context, level 2 (https://www.w3.org/TR/trace-context/): the parts that logs carry. */
export interface TraceParent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const allZero = /^0+$/;

export function isTraceId(text: unknown): text is string {
  return typeof text === 'string' && text.length === 32 && /^[0-9a-f]{32}$/.test(text) && !allZero.test(text);
}

export function isSpanId(text: unknown): text is string {
  return typeof text === 'string' && text.length === 16 && /^[0-9a-f]{16}$/.test(text) && !allZero.test(text);
}

/**
 * Reads a `traceparent` header; undefined when it is malformed: the caller then starts a new trace. Version 00 has exactly
 * four parts, later versions may append more, version ff is forbidden.
 */
export function parseTraceParent(header: unknown): TraceParent | undefined {
  if (typeof header !== 'string' || header.length > 256) return undefined;
  const match = pattern.exec(header);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags] = match as unknown as [string, string, string, string, string];
  if (version === 'ff' || (version === '00' && header.length !== 55)) return undefined;
  if (allZero.test(traceId) || allZero.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function printTraceParent(trace: TraceParent): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

export function createTraceId(): string {
  return randomHex(16);
}

export function createSpanId(): string {
  return randomHex(8);
}
