import type { Settings } from './config.ts';
import type { LogRecord } from './record.ts';
import { type Logging, setup } from './setup.ts';
import type { Sink } from './sinks/sink.ts';

/** A logging setup whose lines stay in memory, for tests of code that logs. */
export interface CapturedLogs extends Logging {
  /** The lines as they would have been written. */
  readonly lines: readonly string[];
  readonly records: () => LogRecord[];
  /** Records of one event. */
  readonly eventsNamed: (event: string) => LogRecord[];
  readonly clear: () => void;
}

/** Everything is logged (level `trace`) as environment `test` unless the settings say otherwise. */
export function captureLogs(settings: Omit<Settings, 'sink'> = {}): CapturedLogs {
  const lines: string[] = [];
  const sink: Sink = {
    write: (line) => lines.push(line),
    flush: () => Promise.resolve(),
    flushSync: () => undefined,
    close: () => Promise.resolve(),
    statistics: () => ({ written: lines.length, dropped: 0 }),
  };
  const logging = setup({
    service: 'test-service',
    version: '0.0.0',
    environment: 'test',
    level: 'trace',
    format: 'json',
    flushOnExit: false,
    schema: 'count',
    ...settings,
    sink,
  });
  const records = () => lines.map((line) => JSON.parse(line) as LogRecord);
  return {
    ...logging,
    lines,
    records,
    eventsNamed: (event) => records().filter((record) => record.event === event),
    clear: () => lines.splice(0),
  };
}
