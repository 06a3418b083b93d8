import {
  ProtobufError,
  ProtobufReader,
  ProtobufWriter,
  wireBytes,
  wireFixed32,
  wireFixed64,
  wireVarint,
} from './protobuf.ts';

/**
 * OTLP logs (opentelemetry-proto v1 ExportLogsServiceRequest) as one typed tree, from and to protobuf, from JSON
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Times are nanoseconds, 0 means "not set"; ids are hex,
 * '' when not set.
 */
export interface OtlpLogs {
  readonly resourceLogs: readonly OtlpResourceLogs[];
}
export interface OtlpResourceLogs {
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributesCount: number;
  readonly scopeLogs: readonly OtlpScopeLogs[];
}
export interface OtlpScopeLogs {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributesCount: number;
  readonly records: readonly OtlpLogRecord[];
}
export interface OtlpLogRecord {
  readonly timeNs: bigint;
  readonly observedTimeNs: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: OtlpValue;
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}
export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}
export type OtlpValue =
  | { readonly kind: 'empty' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly values: readonly OtlpValue[] }
  | { readonly kind: 'map'; readonly entries: readonly OtlpAttribute[] };

export type OtlpLogsResult =
  | { readonly logs: OtlpLogs; readonly error?: undefined }
  | { readonly logs?: undefined; readonly error: string };

/** Values nested deeper are refused: nobody logs them, and every reader of the tree may recurse. */
export const otlpDepthMax = 64;
/** Nodes (records, attributes, values, scopes …) of one request, so that a small body cannot become gigabytes of objects. */
export const otlpNodesMax = 4_000_000;

const emptyValue: OtlpValue = { kind: 'empty' };

class OtlpError extends Error {}

/** Counts what a request makes us allocate. */
class Budget {
  #left = otlpNodesMax;

  take(): void {
    if (--this.#left < 0) throw new OtlpError(`more than ${otlpNodesMax} values in one request: send it in several`);
  }
}

const tooDeep = `values nested deeper than ${otlpDepthMax}`;

// --- protobuf ------------------------------------------------------------------------------------------------------------

/** Decodes protobuf. An error is the text of the decoder, as a client would get it. */
export function decodeOtlpLogs(bytes: Uint8Array): OtlpLogsResult {
  const resourceLogs: OtlpResourceLogs[] = [];
  const reader = new ProtobufReader(bytes, 'ExportLogsServiceRequest');
  const budget = new Budget();
  try {
    while (reader.next()) {
      if (reader.field === 1)
        nested(reader, 'ResourceLogs', budget, () => resourceLogs.push(resourceLogsOf(reader, budget)));
      else reader.skip();
    }
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof OtlpError) return { error: error.message };
    throw error;
  }
  return { logs: { resourceLogs } };
}

/** Steps into a nested message, lets `read` walk it to its end, and steps out. */
function nested(reader: ProtobufReader, name: string, budget: Budget, read: () => void): void {
  reader.expect(wireBytes, name);
  reader.readRange();
  budget.take();
  const { rangeStart, rangeEnd, end } = reader;
  reader.position = rangeStart;
  reader.end = rangeEnd;
  read();
  reader.position = rangeEnd;
  reader.end = end;
}

function resourceLogsOf(reader: ProtobufReader, budget: Budget): OtlpResourceLogs {
  const attributes: OtlpAttribute[] = [];
  const scopeLogs: OtlpScopeLogs[] = [];
  let droppedAttributesCount = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      nested(reader, 'Resource', budget, () => {
        while (reader.next()) {
          if (reader.field === 1)
            nested(reader, 'Attributes', budget, () => attributes.push(attributeOf(reader, budget, 0)));
          else if (reader.field === 2) droppedAttributesCount = countOf(reader, 'DroppedAttributesCount');
          else reader.skip();
        }
      });
    } else if (reader.field === 2) {
      nested(reader, 'ScopeLogs', budget, () => scopeLogs.push(scopeLogsOf(reader, budget)));
    } else reader.skip();
  }
  return { attributes, droppedAttributesCount, scopeLogs };
}

function scopeLogsOf(reader: ProtobufReader, budget: Budget): OtlpScopeLogs {
  const scope = { name: '', version: '', attributes: [] as OtlpAttribute[], droppedAttributesCount: 0 };
  const records: OtlpLogRecord[] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      nested(reader, 'Scope', budget, () => {
        while (reader.next()) {
          if (reader.field === 1) scope.name = textOf(reader, 'Name');
          else if (reader.field === 2) scope.version = textOf(reader, 'Version');
          else if (reader.field === 3) {
            nested(reader, 'Attributes', budget, () => scope.attributes.push(attributeOf(reader, budget, 0)));
          } else if (reader.field === 4) scope.droppedAttributesCount = countOf(reader, 'DroppedAttributesCount');
          else reader.skip();
        }
      });
    } else if (reader.field === 2) nested(reader, 'LogRecords', budget, () => records.push(recordOf(reader, budget)));
    else reader.skip();
  }
  return { ...scope, records };
}

/** The fields of a record while it is read; also what JSON fills. */
interface RecordFields {
  timeNs: bigint;
  observedTimeNs: bigint;
  severityNumber: number;
  severityText: string;
  body: OtlpValue;
  attributes: OtlpAttribute[];
  droppedAttributesCount: number;
  flags: number;
  traceId: string;
  spanId: string;
  eventName: string;
}

function emptyRecord(): RecordFields {
  return {
    timeNs: 0n,
    observedTimeNs: 0n,
    severityNumber: 0,
    severityText: '',
    body: emptyValue,
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  };
}

function recordOf(reader: ProtobufReader, budget: Budget): OtlpLogRecord {
  const record = emptyRecord();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.expect(wireFixed64, 'TimeUnixNano');
        record.timeNs = reader.fixed64();
        break;
      case 2:
        reader.expect(wireVarint, 'SeverityNumber');
        record.severityNumber = Number(BigInt.asIntN(32, reader.varint64()));
        break;
      case 3:
        record.severityText = textOf(reader, 'SeverityText');
        break;
      case 5:
        nested(reader, 'Body', budget, () => {
          record.body = anyValueOf(reader, budget, 0);
        });
        break;
      case 6:
        nested(reader, 'Attributes', budget, () => record.attributes.push(attributeOf(reader, budget, 0)));
        break;
      case 7:
        record.droppedAttributesCount = countOf(reader, 'DroppedAttributesCount');
        break;
      case 8:
        reader.expect(wireFixed32, 'Flags');
        record.flags = reader.fixed32();
        break;
      case 9:
        record.traceId = idOf(reader, 'TraceId', 16);
        break;
      case 10:
        record.spanId = idOf(reader, 'SpanId', 8);
        break;
      case 11:
        reader.expect(wireFixed64, 'ObservedTimeUnixNano');
        record.observedTimeNs = reader.fixed64();
        break;
      case 12:
        record.eventName = textOf(reader, 'EventName');
        break;
      default:
        reader.skip();
    }
  }
  return record;
}

function attributeOf(reader: ProtobufReader, budget: Budget, depth: number): OtlpAttribute {
  let key = '';
  let value = emptyValue;
  while (reader.next()) {
    if (reader.field === 1) key = textOf(reader, 'Key');
    else if (reader.field === 2) {
      nested(reader, 'Value', budget, () => {
        value = anyValueOf(reader, budget, depth);
      });
    } else reader.skip();
  }
  return { key, value };
}

function anyValueOf(reader: ProtobufReader, budget: Budget, depth: number): OtlpValue {
  if (depth > otlpDepthMax) throw new OtlpError(tooDeep);
  let value = emptyValue;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = { kind: 'string', value: textOf(reader, 'StringValue') };
        break;
      case 2:
        reader.expect(wireVarint, 'BoolValue');
        value = { kind: 'bool', value: reader.varint() !== 0 };
        break;
      case 3:
        reader.expect(wireVarint, 'IntValue');
        value = { kind: 'int', value: reader.varint64() };
        break;
      case 4:
        reader.expect(wireFixed64, 'DoubleValue');
        value = { kind: 'double', value: reader.double() };
        break;
      case 5: {
        const values: OtlpValue[] = [];
        nested(reader, 'ArrayValue', budget, () => {
          while (reader.next()) {
            if (reader.field === 1)
              nested(reader, 'Values', budget, () => values.push(anyValueOf(reader, budget, depth + 1)));
            else reader.skip();
          }
        });
        value = { kind: 'array', values };
        break;
      }
      case 6: {
        const entries: OtlpAttribute[] = [];
        nested(reader, 'KvlistValue', budget, () => {
          while (reader.next()) {
            if (reader.field === 1)
              nested(reader, 'Values', budget, () => entries.push(attributeOf(reader, budget, depth + 1)));
            else reader.skip();
          }
        });
        value = { kind: 'map', entries };
        break;
      }
      case 7:
        reader.expect(wireBytes, 'BytesValue');
        value = { kind: 'bytes', value: reader.view() };
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

function textOf(reader: ProtobufReader, name: string): string {
  reader.expect(wireBytes, name);
  return reader.text();
}

function countOf(reader: ProtobufReader, name: string): number {
  reader.expect(wireVarint, name);
  return reader.varint() % 2 ** 32;
}

/** An id as hex; all zeros means "not set". */
function idOf(reader: ProtobufReader, name: string, length: number): string {
  reader.expect(wireBytes, name);
  const bytes = reader.view();
  if (bytes.length === 0) return '';
  if (bytes.length !== length) throw new OtlpError(`invalid length for ${name}`);
  return hexId(bytes.toString('hex'));
}

function hexId(hex: string): string {
  return /^0*$/.test(hex) ? '' : hex;
}

// --- JSON ----------------------------------------------------------------------------------------------------------------

/** Decodes JSON. Unknown keys are ignored, both camelCase and proto names are known, as the OTLP specification asks. */
export function decodeOtlpLogsJson(text: string): OtlpLogsResult {
  const budget = new Budget();
  try {
    const root = objectAt(parseExact(text), 'the request');
    return { logs: { resourceLogs: list(root, 'resourceLogs', budget).map((item) => jsonResourceLogs(item, budget)) } };
  } catch (error) {
    if (error instanceof OtlpError || error instanceof SyntaxError) return { error: error.message };
    throw error;
  }
}

type Json = Record<string, unknown>;

/** JSON.parse, but integers that a double cannot hold keep their digits (as strings, which OTLP allows everywhere). */
function parseExact(text: string): unknown {
  if (!/[:\s,[]-?\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? '')
      ? context.source
      : value) as (key: string, value: unknown) => unknown);
}

function objectAt(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OtlpError(
      `${what}: expected an object, found ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`,
    );
  }
  return value as Json;
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A field under its camelCase or its proto name; null is the same as absent. */
function field(of: Json, key: string): unknown {
  const value = Object.hasOwn(of, key) ? of[key] : Object.hasOwn(of, snakeCase(key)) ? of[snakeCase(key)] : undefined;
  return value ?? undefined;
}

function list(of: Json, key: string, budget: Budget): Json[] {
  const value = field(of, key);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new OtlpError(`${key}: expected a list`);
  return value.map((item: unknown) => {
    budget.take();
    return objectAt(item ?? {}, key);
  });
}

function object(of: Json, key: string): Json {
  const value = field(of, key);
  return value === undefined ? {} : objectAt(value, key);
}

function string(of: Json, key: string): string {
  const value = field(of, key);
  if (value === undefined) return '';
  if (typeof value !== 'string') throw new OtlpError(`${key}: expected a string, found ${JSON.stringify(value)}`);
  return value;
}

/** 64-bit integers come as strings or numbers. */
function integer(value: unknown, key: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value))
    return BigInt(value.startsWith('+') ? value.slice(1) : value);
  throw new OtlpError(`${key}: expected an integer, found ${JSON.stringify(value)}`);
}

function time(of: Json, key: string): bigint {
  const value = field(of, key);
  return value === undefined || value === '' ? 0n : BigInt.asUintN(64, integer(value, key));
}

function count(of: Json, key: string): number {
  const value = field(of, key);
  return value === undefined ? 0 : Number(BigInt.asUintN(32, integer(value, key)));
}

function id(of: Json, key: string, length: number): string {
  const value = string(of, key);
  if (value === '') return '';
  if (value.length !== length * 2 || !/^[0-9a-fA-F]+$/.test(value)) {
    throw new OtlpError(`${key}: expected ${length * 2} hexadecimal digits, found ${JSON.stringify(value)}`);
  }
  return hexId(value.toLowerCase());
}

function jsonResourceLogs(of: Json, budget: Budget): OtlpResourceLogs {
  const resource = object(of, 'resource');
  return {
    attributes: jsonAttributes(resource, 'attributes', budget, 0),
    droppedAttributesCount: count(resource, 'droppedAttributesCount'),
    scopeLogs: list(of, 'scopeLogs', budget).map((item) => jsonScopeLogs(item, budget)),
  };
}

function jsonScopeLogs(of: Json, budget: Budget): OtlpScopeLogs {
  const scope = object(of, 'scope');
  return {
    name: string(scope, 'name'),
    version: string(scope, 'version'),
    attributes: jsonAttributes(scope, 'attributes', budget, 0),
    droppedAttributesCount: count(scope, 'droppedAttributesCount'),
    records: list(of, 'logRecords', budget).map((item) => jsonRecord(item, budget)),
  };
}

function jsonRecord(of: Json, budget: Budget): OtlpLogRecord {
  const body = field(of, 'body');
  return {
    timeNs: time(of, 'timeUnixNano'),
    observedTimeNs: time(of, 'observedTimeUnixNano'),
    severityNumber: jsonSeverity(field(of, 'severityNumber')),
    severityText: string(of, 'severityText'),
    body: body === undefined ? emptyValue : jsonValue(objectAt(body, 'body'), budget, 0),
    attributes: jsonAttributes(of, 'attributes', budget, 0),
    droppedAttributesCount: count(of, 'droppedAttributesCount'),
    flags: count(of, 'flags'),
    traceId: id(of, 'traceId', 16),
    spanId: id(of, 'spanId', 8),
    eventName: string(of, 'eventName'),
  };
}

const severityNames = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** A number, or the name of the enum value (`SEVERITY_NUMBER_INFO2`). */
function jsonSeverity(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'string' || /^\d+$/.test(value))
    return Number(BigInt.asIntN(32, integer(value, 'severityNumber')));
  const [, name, step] = /^SEVERITY_NUMBER_([A-Z]+?)([2-4]?)$/.exec(value) ?? [];
  const index = severityNames.indexOf(name ?? '');
  if (index >= 0) return index * 4 + (step === '' ? 1 : Number(step));
  if (name === 'UNSPECIFIED') return 0;
  throw new OtlpError(`severityNumber: unknown value ${JSON.stringify(value)}`);
}

function jsonAttributes(of: Json, key: string, budget: Budget, depth: number): OtlpAttribute[] {
  return list(of, key, budget).map((item) => ({
    key: string(item, 'key'),
    value: jsonValue(object(item, 'value'), budget, depth),
  }));
}

function jsonValue(of: Json, budget: Budget, depth: number): OtlpValue {
  if (depth > otlpDepthMax) throw new OtlpError(tooDeep);
  if (field(of, 'stringValue') !== undefined) return { kind: 'string', value: string(of, 'stringValue') };
  const bool = field(of, 'boolValue');
  if (bool !== undefined) {
    if (typeof bool !== 'boolean')
      throw new OtlpError(`boolValue: expected true or false, found ${JSON.stringify(bool)}`);
    return { kind: 'bool', value: bool };
  }
  const int = field(of, 'intValue');
  if (int !== undefined) return { kind: 'int', value: BigInt.asIntN(64, integer(int, 'intValue')) };
  const double = field(of, 'doubleValue');
  if (double !== undefined) return { kind: 'double', value: jsonDouble(double) };
  if (field(of, 'arrayValue') !== undefined) {
    const values = list(object(of, 'arrayValue'), 'values', budget).map((item) => jsonValue(item, budget, depth + 1));
    return { kind: 'array', values };
  }
  if (field(of, 'kvlistValue') !== undefined) {
    return { kind: 'map', entries: jsonAttributes(object(of, 'kvlistValue'), 'values', budget, depth + 1) };
  }
  if (field(of, 'bytesValue') !== undefined) {
    return { kind: 'bytes', value: Buffer.from(string(of, 'bytesValue'), 'base64') };
  }
  return emptyValue;
}

function jsonDouble(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  throw new OtlpError(`doubleValue: expected a number, found ${JSON.stringify(value)}`);
}

// --- encoding ------------------------------------------------------------------------------------------------------------

/** The protobuf bytes of a request. Fields with their default value are left out. */
export function encodeOtlpLogs(logs: OtlpLogs): Buffer {
  const writer = new ProtobufWriter(64 * 1024);
  for (const resource of logs.resourceLogs) {
    writer.messageField(1, () => {
      writer.messageField(1, () => {
        writeAttributes(writer, 1, resource.attributes);
        if (resource.droppedAttributesCount > 0) writer.varintField(2, resource.droppedAttributesCount);
      });
      for (const scope of resource.scopeLogs) writer.messageField(2, () => writeScopeLogs(writer, scope));
    });
  }
  return writer.finish();
}

function writeScopeLogs(writer: ProtobufWriter, scope: OtlpScopeLogs): void {
  writer.messageField(1, () => {
    if (scope.name !== '') writer.textField(1, scope.name);
    if (scope.version !== '') writer.textField(2, scope.version);
    writeAttributes(writer, 3, scope.attributes);
    if (scope.droppedAttributesCount > 0) writer.varintField(4, scope.droppedAttributesCount);
  });
  for (const record of scope.records) writer.messageField(2, () => writeRecord(writer, record));
}

function writeRecord(writer: ProtobufWriter, record: OtlpLogRecord): void {
  if (record.timeNs !== 0n) writer.fixed64Field(1, record.timeNs);
  if (record.severityNumber !== 0) writer.varintField(2, record.severityNumber);
  if (record.severityText !== '') writer.textField(3, record.severityText);
  if (record.body.kind !== 'empty') writer.messageField(5, () => writeValue(writer, record.body));
  writeAttributes(writer, 6, record.attributes);
  if (record.droppedAttributesCount > 0) writer.varintField(7, record.droppedAttributesCount);
  if (record.flags !== 0) writer.fixed32Field(8, record.flags);
  if (record.traceId !== '') writer.bytesField(9, Buffer.from(record.traceId, 'hex'));
  if (record.spanId !== '') writer.bytesField(10, Buffer.from(record.spanId, 'hex'));
  if (record.observedTimeNs !== 0n) writer.fixed64Field(11, record.observedTimeNs);
  if (record.eventName !== '') writer.textField(12, record.eventName);
}

function writeAttributes(writer: ProtobufWriter, fieldNumber: number, attributes: readonly OtlpAttribute[]): void {
  for (const attribute of attributes) {
    writer.messageField(fieldNumber, () => {
      writer.textField(1, attribute.key);
      if (attribute.value.kind !== 'empty') writer.messageField(2, () => writeValue(writer, attribute.value));
    });
  }
}

function writeValue(writer: ProtobufWriter, value: OtlpValue): void {
  switch (value.kind) {
    case 'empty':
      return;
    case 'string':
      writer.textField(1, value.value);
      return;
    case 'bool':
      writer.varintField(2, value.value ? 1 : 0);
      return;
    case 'int':
      writer.varintField(3, value.value);
      return;
    case 'double':
      writer.doubleField(4, value.value);
      return;
    case 'array':
      writer.messageField(5, () => {
        for (const item of value.values) writer.messageField(1, () => writeValue(writer, item));
      });
      return;
    case 'map':
      writer.messageField(6, () => writeAttributes(writer, 1, value.entries));
      return;
    case 'bytes':
      writer.bytesField(7, value.value);
      return;
  }
}
