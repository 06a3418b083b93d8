import { type IdField, idFields, type LogRecord } from '../record.ts';

export interface LokiPushOptions {
  /** Added to every stream. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: [timestampNs: string, line: string, metadata: Record<string, string>][];
}

/**
 * Lines as the JSON body of Loki's push API: streams by service, environment and level, the ids as structured metadata. A
 * line that is not a record (another format was chosen) goes to a stream of its own at the given time.
 */
export function encodeLokiPush(lines: readonly string[], options: LokiPushOptions, nowMs: number): string {
  const streams = new Map<string, Stream>();
  for (const line of lines) {
    const record = parseRecord(line);
    const labels: Record<string, string> = { ...options.labels };
    if (record !== undefined) {
      labels['service'] = record.service;
      labels['environment'] = record.environment;
      labels['level'] = record.level.toLowerCase();
    } else if (Object.keys(labels).length === 0) labels['service'] = 'unknown';
    const key = JSON.stringify(labels);
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { stream: labels, values: [] };
      streams.set(key, stream);
    }
    const metadata: Record<string, string> = {};
    for (const name of idFields) if (record?.[name] !== undefined) metadata[name] = record[name as IdField] as string;
    const timeMs = record === undefined ? nowMs : Date.parse(record.timestamp);
    stream.values.push([`${Number.isNaN(timeMs) ? nowMs : timeMs}000000`, line, metadata]);
  }
  return JSON.stringify({ streams: [...streams.values()] });
}

export function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{"timestamp":')) return undefined;
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}
