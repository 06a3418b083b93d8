import { type ContextFields, splitContext } from './context.ts';
import { fitsIdField } from './id.ts';
import type { Level } from './level.ts';
import { cachedTextsMax, eventLengthMax, lineLengthMax } from './limits.ts';
import type { SpanIds } from './open-telemetry.ts';
import { type IdField, idFields, ownFields, violationField } from './record.ts';
import type { PathNode } from './redaction/policy.ts';
import { quote, type Serializer, step } from './serialize.ts';
import { isSpanId, isTraceId } from './traceparent.ts';

/**
 * From a log call to its line: the schema of TR-005 as JSON text.
 *
 * Work is moved to where it happens once: an origin's name, service, version and environment are serialised when the logger
 * is made, bindings when a child is made, a context's ids when the context is first seen, an event's name when it first
 * occurs, the seconds of the timestamp once a second. What is left for the call is its own fields.
 */
export interface LineWriter {
  readonly origin: (names: OriginNames) => string;
  readonly bindings: (fields: Readonly<Record<string, unknown>>) => Bindings;
  readonly line: (input: LineInput) => string;
}

export interface OriginNames {
  readonly logger: string;
  readonly service: string;
  readonly version: string;
  readonly environment: string;
}

/** The fields that a child logger adds to each line, told apart and serialised. */
export interface Bindings {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly ids: Readonly<Partial<Record<IdField, string>>> | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** `"a":1,"b":2`, or ''. */
  readonly dataText: string;
  readonly violations: readonly string[];
}

export interface LineInput {
  readonly timeMs: number;
  readonly level: Level;
  readonly event: unknown;
  readonly fields: unknown;
  readonly origin: string;
  readonly bindings: Bindings | undefined;
  readonly context: ContextFields | undefined;
  readonly span: SpanIds | undefined;
  /** Names of fields that did not fit, found before (an event's own schema); the writer adds what it finds. */
  readonly violations: string[];
}

interface ContextText {
  readonly ids: Readonly<Partial<Record<IdField, string>>>;
  /** `,"request_id":"…","trace_id":"…"` for the common case that nothing else sets ids. */
  readonly idsText: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly dataText: string;
  readonly violations: readonly string[];
}

interface Placed {
  readonly ids: Readonly<Partial<Record<IdField, string>>> | undefined;
  readonly durationMs: number | undefined;
  readonly error: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

const own = new Set<string>(ownFields);
const ids = new Set<string>(idFields);
/** Names that a field may not simply have in `data`. */
const special = new Set<string>([...ownFields, ...idFields, 'duration_ms', 'error', 'err', 'data', violationField]);

const levelTexts: Readonly<Record<Level, string>> = {
  trace: '","level":"TRACE","event":',
  debug: '","level":"DEBUG","event":',
  info: '","level":"INFO","event":',
  warn: '","level":"WARN","event":',
  error: '","level":"ERROR","event":',
  fatal: '","level":"FATAL","event":',
};

export function createLineWriter(serializer: Serializer, paths: PathNode | undefined): LineWriter {
  const dataPath = paths === undefined ? undefined : step(paths, 'data');
  const errorPath = paths === undefined ? undefined : step(paths, 'error');
  const events = new Map<string, string>();
  const contexts = new WeakMap<ContextFields, ContextText>();
  const timestamp = createTimestamp();

  function eventText(event: unknown, violations: string[]): string {
    if (typeof event !== 'string' || event === '') {
      violations.push('event');
      return event === undefined || event === ''
        ? '"unnamed"'
        : serializer.string(serializer.value(event) ?? 'unnamed');
    }
    const known = events.get(event);
    if (known !== undefined) return known;
    const text = serializer.string(event.length > eventLengthMax ? event.slice(0, eventLengthMax) : event);
    if (event.length <= 128) {
      if (events.size >= cachedTextsMax) events.clear();
      events.set(event, text);
    }
    return text;
  }

  function entries(data: Readonly<Record<string, unknown>>): string {
    return serializer.entries(data, dataPath);
  }

  function contextText(context: ContextFields): ContextText {
    const known = contexts.get(context);
    if (known !== undefined) return known;
    const split = splitContext(context);
    const fitting: Partial<Record<IdField, string>> = {};
    const violations: string[] = [];
    let data = split.data;
    let idsText = '';
    for (const name of idFields) {
      const value = split.ids[name];
      if (value === undefined) continue;
      if (fitsIdField(name, value)) {
        fitting[name] = serializer.string(value);
        idsText += `,"${name}":${fitting[name]}`;
      } else {
        violations.push(name);
        data = { ...data, [name]: value };
      }
    }
    const text = { ids: fitting, idsText, data, dataText: data === undefined ? '' : entries(data), violations };
    contexts.set(context, text);
    return text;
  }

  function bindings(fields: Readonly<Record<string, unknown>>): Bindings {
    const fitting: Partial<Record<IdField, string>> = {};
    const data: Record<string, unknown> = {};
    const violations: string[] = [];
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      if (ids.has(name) && fitsIdField(name as IdField, value)) fitting[name as IdField] = serializer.string(value);
      else {
        if (ids.has(name) || own.has(name)) violations.push(name);
        data[name] = value;
      }
    }
    return {
      fields,
      ids: Object.keys(fitting).length === 0 ? undefined : fitting,
      data: Object.keys(data).length === 0 ? undefined : data,
      dataText: entries(data),
      violations,
    };
  }

  function line(input: LineInput): string {
    const { violations, bindings: bound } = input;
    const context = input.context === undefined ? undefined : contextText(input.context);
    if (bound !== undefined && bound.violations.length > 0) violations.push(...bound.violations);
    if (context !== undefined && context.violations.length > 0) violations.push(...context.violations);

    const span = input.span === undefined ? undefined : spanIds(input.span);
    let { event, fields } = input;
    if (event instanceof Error) {
      fields = { error: event, ...(fields as object | undefined) };
      event = event.name;
    }
    let placed: Placed | undefined;
    let error = '';
    let data: string;
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !(fields instanceof Error)) {
      const values = fields as Readonly<Record<string, unknown>>;
      if (allData(values, bound?.data, context?.data)) data = join(inherited(bound, context), entries(values));
      else {
        placed = place(values, violations);
        if (placed.error !== undefined) error = `,"error":${serializer.error(placed.error, errorPath)}`;
        data = entries({ ...context?.data, ...bound?.data, ...placed.data });
      }
    } else {
      data = inherited(bound, context);
      if (fields instanceof Error) error = `,"error":${serializer.error(fields, errorPath)}`;
      else if (fields !== undefined && fields !== null) {
        violations.push('fields');
        data = join(data, serializer.entry('value', fields, dataPath));
      }
    }
    const idsText =
      placed?.ids === undefined && bound?.ids === undefined && span === undefined
        ? (context?.idsText ?? '')
        : mergeIds(context?.ids, span, bound?.ids, placed?.ids);
    const duration = placed?.durationMs === undefined ? '' : `,"duration_ms":${placed.durationMs}`;
    const named = eventText(event, violations);
    if (data.length > lineLengthMax) {
      violations.push('data');
      data = `"truncated":${quote(data.slice(0, lineLengthMax / 4))}`;
    }
    if (violations.length > 0) data = join(data, `"${violationField}":${JSON.stringify(violations)}`);
    return `{"timestamp":"${timestamp(input.timeMs)}${levelTexts[input.level]}${named}${input.origin}${idsText}${duration},"data":{${data}}${error}}`;
  }

  /** What the child logger and the context add to `data`; the child wins. */
  function inherited(bound: Bindings | undefined, context: ContextText | undefined): string {
    const contextData = context?.dataText ?? '';
    const boundData = bound?.dataText ?? '';
    if (contextData === '') return boundData;
    return boundData === '' ? contextData : entries({ ...context?.data, ...bound?.data });
  }

  function mergeIds(...layers: (Readonly<Partial<Record<IdField, string>>> | undefined)[]): string {
    const merged = Object.assign({}, ...layers) as Partial<Record<IdField, string>>;
    let text = '';
    for (const name of idFields) if (merged[name] !== undefined) text += `,"${name}":${merged[name]}`;
    return text;
  }

  /** Each field to its place: the schema's own fields, and `data` for the rest. */
  function place(values: Readonly<Record<string, unknown>>, violations: string[]): Placed {
    let fittingIds: Partial<Record<IdField, string>> | undefined;
    let durationMs: number | undefined;
    let error: unknown;
    let data: Record<string, unknown> = {};
    for (const name of Object.keys(values)) {
      const value = values[name];
      if (value === undefined) continue;
      if (ids.has(name) && fitsIdField(name as IdField, value)) {
        fittingIds ??= {};
        fittingIds[name as IdField] = serializer.string(value);
      } else if (name === 'duration_ms' && typeof value === 'number' && value >= 0 && Number.isFinite(value)) {
        durationMs = value;
      } else if (name === 'error' || (name === 'err' && value instanceof Error)) error = value;
      else if (name === 'data' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
        data = { ...data, ...(value as object) };
      } else {
        if (special.has(name) && name !== 'err' && name !== 'data') violations.push(name);
        data[name] = value;
      }
    }
    return { ids: fittingIds, durationMs, error, data };
  }

  return {
    bindings,
    line,
    origin: (names) =>
      (['logger', 'service', 'version', 'environment'] as const)
        .map((name) => `,"${name}":${serializer.string(names[name])}`)
        .join(''),
  };
}

/** Whether all fields simply go to `data`: none has a place of its own, none is set by a child logger or the context too. */
function allData(
  values: Readonly<Record<string, unknown>>,
  bound: Readonly<Record<string, unknown>> | undefined,
  context: Readonly<Record<string, unknown>> | undefined,
): boolean {
  for (const name in values) {
    if (special.has(name)) return false;
    if (bound !== undefined && name in bound) return false;
    if (context !== undefined && name in context) return false;
  }
  return true;
}

function spanIds({ traceId, spanId }: SpanIds): Partial<Record<IdField, string>> | undefined {
  return isTraceId(traceId) && isSpanId(spanId) ? { trace_id: `"${traceId}"`, span_id: `"${spanId}"` } : undefined;
}

function join(first: string, second: string): string {
  return first === '' ? second : second === '' ? first : `${first},${second}`;
}

/** ISO 8601 with milliseconds; the part up to the second is kept, for it changes once a second. */
function createTimestamp(): (timeMs: number) => string {
  let second = Number.NaN;
  let text = '';
  return (timeMs) => {
    const current = Math.floor(timeMs / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toISOString().slice(0, 20);
    }
    const ms = Math.floor(timeMs) - current * 1000;
    return `${text}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  };
}
