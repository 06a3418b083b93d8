import { createAdmission } from './admission.ts';
import { resolveSettings, type Settings } from './config.ts';
import { createEventLogger, type EventCatalogue, type EventDefinitions, type EventMethods } from './event-catalogue.ts';
import { onExit } from './exit-flush.ts';
import { formatterNamed } from './formatters/formatter.ts';
import { environment, hostProcess } from './host.ts';
import { type Level, type Threshold, thresholdNumber } from './level.ts';
import { createLineWriter } from './line.ts';
import { CoreLogger, type Logger, type LoggerCore, type Origin } from './logger.ts';
import { activeSpan } from './open-telemetry.ts';
import type { LogRecord } from './record.ts';
import { createRedaction, type Redaction } from './redaction/policy.ts';
import { createSerializer } from './serialize.ts';
import { createStdoutSink } from './sinks/stdout.ts';

/** A logger by its name; with a catalogue it has a method for each of its events. */
export interface GetLogger {
  (name?: string): Logger;
  <Events extends EventDefinitions>(name: string, catalogue: EventCatalogue<Events>): Logger & EventMethods<Events>;
}

/** A configured set of loggers. Made once, by the application; libraries are handed a logger. */
export interface Logging {
  /** The same name gives loggers that share their level. Default name: the service. */
  readonly getLogger: GetLogger;
  /** Changes the threshold of one name and those below it, or of all loggers that no name covers. Takes effect at once. */
  readonly setLevel: (threshold: Threshold, name?: string) => void;
  readonly level: (name?: string) => Threshold;
  /** Resolves when everything logged so far has left the process or was given up. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly statistics: () => LoggingStatistics;
}

export interface LoggingStatistics {
  /** Lines handed to the target. */
  readonly written: number;
  /** Lines that could not be kept: full queue, failed target, or a failure inside the logger. */
  readonly dropped: number;
  /** Fields that did not fit the schema. */
  readonly schemaViolations: number;
}

/** Configures logging. Throws a ConfigError that lists every problem of the settings; nothing after it throws. */
export function setup(settings: Settings = {}): Logging {
  const terminal = hostProcess?.stdout?.isTTY === true;
  const resolved = resolveSettings(settings, environment(), terminal);
  const redaction = redactionOf(settings.redaction, resolved.ipAddresses);
  const sink = settings.sink ?? createStdoutSink({ onDropped: reportDropped });
  const formatter = formatterNamed(resolved.format, terminal && environment()['NO_COLOR'] === undefined);
  const writer = createLineWriter(createSerializer(redaction), redaction?.paths);
  const now = settings.clock ?? Date.now;
  const origins = new Map<string, Origin>();
  const thresholds = new Map<string, Threshold>(Object.entries(resolved.levels));
  const reported = new Set<string>();
  let threshold = resolved.level;
  let everything = false;
  let schemaViolations = 0;
  let failures = 0;

  const admission =
    settings.limits === undefined
      ? undefined
      : createAdmission(settings.limits, now, settings.random ?? Math.random, (suppressed) =>
          new CoreLogger({ ...core, admit: undefined }, origin('cordwood.logger')).warn(
            'log_events_suppressed',
            suppressed,
          ),
        );

  const core: LoggerCore = {
    writer,
    now,
    validates: resolved.schema !== 'off',
    admit: admission?.admit,
    activeSpan,
    write:
      formatter === undefined
        ? sink.write
        : (line: string, level: Level) => sink.write(formatter(JSON.parse(line) as LogRecord), level),
    violated(logger, event, fields) {
      if (resolved.schema === 'off') return;
      schemaViolations += fields.length;
      if (resolved.schema !== 'report') return;
      const kind = `${logger} ${event}: ${fields.join(', ')}`;
      if (reported.size >= 1_000 || reported.has(kind)) return;
      reported.add(kind);
      console.error(`@cordwood/logger: ${kind} does not fit the log schema; it went to data`);
    },
    failed() {
      failures++;
    },
  };

  function thresholdOf(name: string): Threshold {
    if (everything) return 'debug';
    for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
      const found = thresholds.get(prefix);
      if (found !== undefined) return found;
    }
    return threshold;
  }

  function origin(name: string): Origin {
    let found = origins.get(name);
    if (found === undefined) {
      const { service, version, environment: stage } = resolved;
      const text = writer.origin({ logger: name, service, version, environment: stage });
      found = { name, text, threshold: thresholdNumber(thresholdOf(name)) };
      origins.set(name, found);
    }
    return found;
  }

  function getLogger(name = resolved.service, catalogue?: EventCatalogue): never {
    const made = origin(name);
    return (catalogue === undefined ? new CoreLogger(core, made) : createEventLogger(core, made, catalogue)) as never;
  }

  function reportDropped(lines: number): void {
    new CoreLogger(core, origin('cordwood.logger')).warn('log_lines_dropped', { lines });
  }

  let leave = () => {};
  if (settings.flushOnExit !== false) {
    leave = onExit({
      flush: () => {
        admission?.report();
        sink.flushSync();
      },
      uncaught: (failure, kind) =>
        new CoreLogger(core, origin(resolved.service)).fatal('uncaught_exception', { error: failure, origin: kind }),
    });
  }

  function applyLevels(): void {
    for (const each of origins.values()) each.threshold = thresholdNumber(thresholdOf(each.name));
  }

  const stopListening = onSignal(settings.levelSignal, () => {
    everything = !everything;
    applyLevels();
  });

  return {
    getLogger: getLogger as GetLogger,
    setLevel(next, name) {
      if (name === undefined) threshold = next;
      else thresholds.set(name, next);
      applyLevels();
    },
    level: (name) => (name === undefined ? threshold : thresholdOf(name)),
    flush() {
      admission?.report();
      return sink.flush();
    },
    async close() {
      admission?.report();
      leave();
      stopListening();
      await sink.close();
    },
    statistics() {
      const { written, dropped } = sink.statistics();
      return { written, dropped: dropped + failures, schemaViolations };
    },
  };
}

function redactionOf(setting: Settings['redaction'], ipAddresses: boolean): Redaction | undefined {
  if (setting === false) return undefined;
  if (setting !== undefined && 'text' in setting) return setting;
  return createRedaction(ipAddresses ? { ...setting, ipAddresses } : setting);
}

/** Calls back on a signal, where there are signals; the result ends that. */
function onSignal(signal: string | undefined, callback: () => void): () => void {
  if (signal === undefined || hostProcess?.getBuiltinModule === undefined) return () => {};
  hostProcess.on(signal, callback);
  return () => hostProcess?.off(signal, callback);
}
