import type { LogRecord, LogRecordError } from '../record.ts';
import type { Formatter } from './formatter.ts';

export interface PrettyOptions {
  readonly colours: boolean;
}

const levelColours: Readonly<Record<string, number>> = {
  TRACE: 90,
  DEBUG: 36,
  INFO: 32,
  WARN: 33,
  ERROR: 31,
  FATAL: 35,
};
const eventWidth = 32;

/**
 * For people at a terminal: time, level, event, fields on one line; an error with its stack below it, frames of
 * node_modules and of Node itself dimmed.
 */
export function createPrettyFormatter(options: PrettyOptions): Formatter {
  const paint = (code: number, text: string) => (options.colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const dim = (text: string) => paint(90, text);

  function fields(record: LogRecord): string {
    const shown: [string, unknown][] = [];
    if (record.duration_ms !== undefined) shown.push(['duration_ms', record.duration_ms]);
    shown.push(...Object.entries(record.data));
    if (record.tenant_id !== undefined) shown.push(['tenant_id', record.tenant_id]);
    if (record.request_id !== undefined) shown.push(['request_id', record.request_id]);
    if (record.trace_id !== undefined) shown.push(['trace_id', record.trace_id]);
    return shown.map(([name, value]) => `${dim(`${name}=`)}${plain(value)}`).join(' ');
  }

  function error(failure: LogRecordError, prefix: string): string {
    const [first, ...frames] = (failure.stack ?? `${failure.type}: ${failure.message}`).split('\n');
    let out = `\n  ${prefix}${paint(31, visible(first ?? ''))}`;
    for (const frame of frames) {
      const foreign = frame.includes('node_modules') || frame.includes('node:internal') || frame.includes('(node:');
      out += `\n  ${foreign ? dim(visible(frame)) : visible(frame)}`;
    }
    if (failure.cause !== undefined) out += error(failure.cause, 'caused by: ');
    for (const one of failure.errors ?? []) out += error(one, '- ');
    return out;
  }

  return (record) => {
    const level = paint(levelColours[record.level] ?? 37, record.level.padEnd(5));
    const event = visible(record.event);
    const padded = event.padEnd(eventWidth);
    const line = `${dim(record.timestamp.slice(11, 23))} ${level} ${options.colours ? paint(1, padded) : padded} ${dim(record.logger)} ${fields(record)}`;
    return line.trimEnd() + (record.error === undefined ? '' : error(record.error, ''));
  };
}

function plain(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? visible(value) : visible(JSON.stringify(value));
  return visible(JSON.stringify(value));
}

/** A logged text must not drive the terminal: control characters are shown, not sent. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
