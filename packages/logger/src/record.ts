import type { Level } from './level.ts';

/**
 * The standard log schema (INFRA-009 TR-005): one JSON object a line, these fields, in this order. Absent ids are left out,
 * `data` is always there. `error` is the only addition.
 */
export interface LogRecord {
  /** ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  readonly level: Uppercase<Level>;
  /** What happened: a name such as `emission_calculated`, or a message. */
  readonly event: string;
  /** Dotted name of the logger, e.g. `greenlang.agents.csrd`. */
  readonly logger: string;
  readonly service: string;
  readonly version: string;
  readonly environment: string;
  /** The customer on whose behalf the service works; not the tenant of the log store. */
  readonly tenant_id?: string;
  readonly request_id?: string;
  /** W3C trace id: 32 lower-case hex digits. */
  readonly trace_id?: string;
  /** W3C span id: 16 lower-case hex digits. */
  readonly span_id?: string;
  readonly duration_ms?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly error?: LogRecordError;
}

export interface LogRecordError {
  /** Class name, e.g. `TypeError`. */
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LogRecordError;
  /** Of an AggregateError. */
  readonly errors?: readonly LogRecordError[];
  /** `code` and whatever else the error carries. */
  readonly [property: string]: unknown;
}

/** Fields that a call, a binding or a context may set at the top level of the record. */
export const idFields = ['tenant_id', 'request_id', 'trace_id', 'span_id'] as const;
export type IdField = (typeof idFields)[number];

/** Fields that only the logger itself sets. */
export const ownFields = ['timestamp', 'level', 'event', 'logger', 'service', 'version', 'environment'] as const;

/** Where the names of fields that did not fit are listed, inside `data`. */
export const violationField = 'schema_violation';
