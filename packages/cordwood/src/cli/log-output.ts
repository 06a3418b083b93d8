import type { LogMessage } from '../model/log-message.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** From the most to the least talkative. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Writes what rooms report to stderr, as logfmt (`ts=… level=… msg=… key=value`) or JSON, from `level` on. */
export function createLogOutput(level: LogLevel, format: 'logfmt' | 'json', write: (line: string) => void): LogMessage {
  const from = logLevels.indexOf(level);
  return (messageLevel, message, fields = {}) => {
    if (logLevels.indexOf(messageLevel) < from) return;
    const line = { ts: new Date().toISOString(), level: messageLevel, msg: message, ...fields };
    write(
      format === 'json'
        ? JSON.stringify(line)
        : Object.entries(line)
            .map(([name, value]) => `${name}=${quoted(String(value))}`)
            .join(' '),
    );
  };
}

function quoted(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
