import { currentContext } from './context.ts';
import { type Level, levels } from './level.ts';
import type { Bindings, LineWriter } from './line.ts';
import type { SpanIds } from './open-telemetry.ts';

/** The fields of one log call. The named ones have their place in the record; every other goes to its `data`. */
export interface Fields {
  readonly duration_ms?: number | undefined;
  /** An Error with its causes; anything else that was thrown is accepted too. */
  readonly error?: unknown;
  readonly tenant_id?: string | undefined;
  readonly request_id?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly span_id?: string | undefined;
  /** Merged with the other fields. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly [field: string]: unknown;
}

/**
 * Writes one line per call, in the schema of `LogRecord`. No method throws or waits; what cannot be written is counted.
 * `event` is a name in snake_case such as `emission_calculated`, or a message. An Error may stand for the fields.
 */
export interface Logger {
  readonly name: string;
  trace(event: string, fields?: Fields | Error): void;
  debug(event: string, fields?: Fields | Error): void;
  info(event: string, fields?: Fields | Error): void;
  warn(event: string, fields?: Fields | Error): void;
  error(event: string | Error, fields?: Fields | Error): void;
  fatal(event: string | Error, fields?: Fields | Error): void;
  log(level: Level, event: string, fields?: Fields | Error): void;
  /** Whether a call at this level writes a line: to skip costly fields. */
  isEnabled(level: Level): boolean;
  /** A logger that adds the fields to each of its lines. */
  child(fields: Fields): this;
}

/** One named logger of a setup; its children share it, so that a changed level reaches them. */
export interface Origin {
  readonly name: string;
  /** `,"logger":"…","service":"…",…`. */
  readonly text: string;
  /** Number of the least level that is written. */
  threshold: number;
}

/** What all loggers of one setup share. */
export interface LoggerCore {
  readonly writer: LineWriter;
  readonly now: () => number;
  readonly write: (line: string, level: Level) => void;
  /** Whether the data of catalogued events is held against their schemas. */
  readonly validates: boolean;
  /** False: the call is dropped (sampling, rate limits). */
  readonly admit: ((event: string, level: Level, logger: string) => boolean) | undefined;
  /** Ids of the active span of a tracing library; they are closer to the call than those of the context. */
  readonly activeSpan: (() => SpanIds | undefined) | undefined;
  readonly violated: (logger: string, event: string, fields: readonly string[]) => void;
  readonly failed: (failure: unknown) => void;
}

export class CoreLogger implements Logger {
  readonly #core: LoggerCore;
  readonly #origin: Origin;
  readonly #bindings: Bindings | undefined;

  constructor(core: LoggerCore, origin: Origin, bindings?: Bindings) {
    this.#core = core;
    this.#origin = origin;
    this.#bindings = bindings;
  }

  get name(): string {
    return this.#origin.name;
  }

  trace(event: string, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.trace) this.write('trace', event, fields);
  }

  debug(event: string, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.debug) this.write('debug', event, fields);
  }

  info(event: string, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.info) this.write('info', event, fields);
  }

  warn(event: string, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.warn) this.write('warn', event, fields);
  }

  error(event: string | Error, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.error) this.write('error', event, fields);
  }

  fatal(event: string | Error, fields?: Fields | Error): void {
    if (this.#origin.threshold <= levels.fatal) this.write('fatal', event, fields);
  }

  log(level: Level, event: string, fields?: Fields | Error): void {
    if (this.isEnabled(level)) this.write(level, event, fields);
  }

  isEnabled(level: Level): boolean {
    // An unknown level is a mistake of the caller; its line is worth more than the mistake.
    return this.#origin.threshold <= (levels[level] ?? levels.error);
  }

  child(fields: Fields): this {
    const core = this.#core;
    let bindings = this.#bindings;
    try {
      bindings = core.writer.bindings({ ...this.#bindings?.fields, ...fields });
    } catch (failure) {
      core.failed(failure);
    }
    return new (this.constructor as new (...parameters: unknown[]) => this)(core, this.#origin, bindings);
  }

  protected get validates(): boolean {
    return this.#core.validates;
  }

  /** Writes the line; the level has been checked. `violations` are fields that an event's own schema refused. */
  protected write(level: Level, event: unknown, fields: unknown, violations: string[] = []): void {
    const core = this.#core;
    const origin = this.#origin;
    try {
      if (core.admit !== undefined && !core.admit(String(event), level, origin.name)) return;
      const line = core.writer.line({
        timeMs: core.now(),
        level: levels[level] === undefined ? 'error' : level,
        event,
        fields,
        origin: origin.text,
        bindings: this.#bindings,
        context: currentContext(),
        span: core.activeSpan?.(),
        violations,
      });
      if (violations.length > 0) core.violated(origin.name, String(event), violations);
      core.write(line, level);
    } catch (failure) {
      core.failed(failure);
    }
  }
}
