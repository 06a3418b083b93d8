import { plainIdExpression } from './id.ts';
import { levelNames } from './level.ts';
import { eventLengthMax, idLengthMax } from './limits.ts';

const id = { type: 'string', minLength: 1, maxLength: idLengthMax, pattern: plainIdExpression } as const;
const name = { type: 'string', minLength: 1 } as const;

/**
 * The schema of TR-005 as JSON Schema (draft 2020-12). Every line that the logger writes is valid; published as
 * `@cordwood/logger/log-record.schema.json`, for other languages and for checks of what is in a store.
 */
export const recordSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:cordwood:log-record:1',
  title: 'Log record',
  type: 'object',
  additionalProperties: false,
  required: ['timestamp', 'level', 'event', 'logger', 'service', 'version', 'environment', 'data'],
  properties: {
    timestamp: {
      type: 'string',
      description: 'ISO 8601, UTC, milliseconds',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$',
    },
    level: { enum: levelNames.map((level) => level.toUpperCase()) },
    event: {
      ...name,
      description: 'what happened: a name in snake_case, or a message',
      maxLength: eventLengthMax + 64,
    },
    logger: { ...name, description: 'dotted name of the logger' },
    service: name,
    version: name,
    environment: name,
    tenant_id: { ...id, description: 'the customer; not the tenant of the log store' },
    request_id: id,
    trace_id: { type: 'string', description: 'W3C trace id', pattern: '^(?!0{32})[0-9a-f]{32}$' },
    span_id: { type: 'string', description: 'W3C span id', pattern: '^(?!0{16})[0-9a-f]{16}$' },
    duration_ms: { type: 'number', minimum: 0 },
    data: {
      type: 'object',
      description: 'everything else, by event',
      properties: {
        schema_violation: {
          type: 'array',
          description: 'names of the fields that did not fit this schema or that of the event; they are here in data',
          items: { type: 'string' },
        },
      },
    },
    error: { $ref: '#/$defs/error' },
  },
  $defs: {
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: {
        type: { type: 'string' },
        message: { description: 'a text, unless something else than an Error was thrown' },
        stack: { type: 'string' },
        cause: { $ref: '#/$defs/error' },
        errors: { type: 'array', items: { $ref: '#/$defs/error' } },
      },
    },
  },
} as const;
