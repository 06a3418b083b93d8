import { createContextStorage } from './host.ts';
import { fitsIdField, isPlainId } from './id.ts';
import { type IdField, idFields } from './record.ts';
import { createSpanId, createTraceId, parseTraceParent, printTraceParent } from './traceparent.ts';

/** What belongs to every line logged while a request, job or message is being worked on. */
export interface ContextFields {
  readonly tenant_id?: string | undefined;
  readonly request_id?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly span_id?: string | undefined;
  /** Anything else goes to `data` of each line. */
  readonly [field: string]: unknown;
}

const storage = createContextStorage<ContextFields>();
const noContext: ContextFields = Object.freeze({});

/** The fields of the current context; an empty object outside any. */
export function currentContext(): ContextFields {
  return storage.getStore() ?? noContext;
}

/**
 * Runs the callback with the fields added to the current context. They stay with everything the callback starts: timers,
 * promises, streams, event listeners made inside.
 */
export function withContext<R>(fields: ContextFields, callback: () => R): R {
  return storage.run(Object.freeze({ ...storage.getStore(), ...fields }), callback);
}

/** A function that runs in the context in which it was bound: for callbacks that a pool or queue calls later. */
export function bindContext<P extends unknown[], R>(callback: (...parameters: P) => R): (...parameters: P) => R {
  const fields = currentContext();
  return (...parameters) => storage.run(fields, () => callback(...parameters));
}

/**
 * The context as plain data, to hand to a worker thread, a queue or another process; there, `withContext(exported, …)`
 * continues it. Only what can be cloned is taken along.
 */
export function exportContext(): ContextFields {
  return Object.fromEntries(
    Object.entries(currentContext()).filter(([, value]) => typeof value !== 'function' && typeof value !== 'symbol'),
  );
}

/** Reads one header, whatever shape the framework gives: an object with lower-case names, or a `Headers`. */
export type HeaderSource =
  | { readonly get: (name: string) => string | null | undefined }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export function readHeader(headers: HeaderSource, name: string): string | undefined {
  const value =
    typeof headers.get === 'function' ? headers.get(name) : (headers as Readonly<Record<string, unknown>>)[name];
  if (Array.isArray(value)) return typeof value[0] === 'string' ? value[0] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export interface IncomingOptions {
  /** Header that carries the request id; default `x-request-id`. */
  readonly requestIdHeader?: string;
  /** Header that carries the customer's id; by default none is trusted. */
  readonly tenantHeader?: string | undefined;
  /** Makes a request id when the caller sent none, or one that is not harmless. */
  readonly createRequestId?: () => string;
}

/**
 * The context of an incoming request: its request id if it is harmless (bounded length, plain characters), else a new one;
 * its trace if `traceparent` is valid, else a new one; always a new span of this service.
 */
export function incomingContext(headers: HeaderSource, options: IncomingOptions = {}): ContextFields {
  const sent = readHeader(headers, options.requestIdHeader ?? 'x-request-id');
  const trace = parseTraceParent(readHeader(headers, 'traceparent'));
  const tenant = options.tenantHeader === undefined ? undefined : readHeader(headers, options.tenantHeader);
  const context: Record<string, string> = {
    request_id: isPlainId(sent) ? sent : (options.createRequestId?.() ?? `req-${createTraceId()}`),
    trace_id: trace?.traceId ?? createTraceId(),
    span_id: createSpanId(),
  };
  if (isPlainId(tenant)) context['tenant_id'] = tenant;
  return context;
}

/** Headers for a call to another service: `traceparent` and `x-request-id` of the current context. */
export function outgoingHeaders(requestIdHeader = 'x-request-id'): Record<string, string> {
  const context = currentContext();
  const headers: Record<string, string> = {};
  if (fitsIdField('trace_id', context.trace_id)) {
    const spanId = fitsIdField('span_id', context.span_id) ? context.span_id : createSpanId();
    headers['traceparent'] = printTraceParent({ traceId: context.trace_id, spanId, sampled: true });
  }
  if (isPlainId(context.request_id)) headers[requestIdHeader] = context.request_id;
  return headers;
}

/** The ids and the other fields of a context, told apart once per context. */
export interface SplitContext {
  readonly ids: Readonly<Partial<Record<IdField, unknown>>>;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

const splits = new WeakMap<ContextFields, SplitContext>();

export function splitContext(fields: ContextFields): SplitContext {
  const known = splits.get(fields);
  if (known !== undefined) return known;
  const ids: Partial<Record<IdField, unknown>> = {};
  let data: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if ((idFields as readonly string[]).includes(name)) ids[name as IdField] = value;
    else {
      data ??= {};
      data[name] = value;
    }
  }
  const split = { ids, data };
  splits.set(fields, split);
  return split;
}
