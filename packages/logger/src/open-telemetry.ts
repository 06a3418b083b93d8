/**
 * OpenTelemetry without a dependency on it: its API registers itself under a well-known symbol, and the context keeps the
 * active span under another. Both are part of the API's compatibility promise across its 1.x versions.
 */
const apiSymbol = Symbol.for('opentelemetry.js.api.1');
const spanSymbol = Symbol.for('OpenTelemetry Context Key SPAN');

interface OpenTelemetryGlobal {
  readonly context?: { readonly active: () => { readonly getValue: (key: symbol) => unknown } };
}

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Ids of the active span, or undefined: no API, no span, or one that is not recorded anywhere (all zero). */
export function activeSpan(): SpanIds | undefined {
  const api = (globalThis as Record<symbol, unknown>)[apiSymbol] as OpenTelemetryGlobal | undefined;
  const span = api?.context?.active().getValue(spanSymbol) as { readonly spanContext: () => SpanIds } | undefined;
  return span?.spanContext();
}

/** A context that holds nothing but a span: enough for an SDK to take the ids of a log record from. */
export function contextWithSpan(ids: SpanIds, sampled: boolean): object {
  const span = { spanContext: () => ({ ...ids, traceFlags: sampled ? 1 : 0, isRemote: true }) };
  const context = {
    getValue: (key: symbol) => (key === spanSymbol ? span : undefined),
    setValue: () => context,
    deleteValue: () => context,
  };
  return context;
}
