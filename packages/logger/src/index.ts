/** The core: no module of Node is imported, so it also runs where there is none. Sinks for files and networks: `/node`. */
export { ConfigError, environmentVariables, type SchemaMode, type Settings } from './config.ts';
export {
  bindContext,
  type ContextFields,
  currentContext,
  exportContext,
  incomingContext,
  outgoingHeaders,
  withContext,
} from './context.ts';
export {
  defineEvents,
  type EventCatalogue,
  type EventDefinition,
  type EventDefinitions,
  type EventDescription,
  type EventMethods,
} from './event-catalogue.ts';
export { type Level, levelNames, type Threshold } from './level.ts';
export type { Fields, Logger } from './logger.ts';
export type { LogRecord, LogRecordError } from './record.ts';
export {
  type CustomPattern,
  createRedaction,
  type Redaction,
  type RedactionOptions,
  type RedactionTag,
} from './redaction/policy.ts';
export { type GetLogger, type Logging, type LoggingStatistics, setup } from './setup.ts';
export type { Sink, SinkStatistics } from './sinks/sink.ts';
export { parseTraceParent, printTraceParent, type TraceParent } from './traceparent.ts';
