import { builtin, hostProcess } from '../host.ts';
import { createDescriptorSink, type DescriptorOptions } from './descriptor.ts';
import type { Sink } from './sink.ts';

export type StdoutOptions = Pick<DescriptorOptions, 'onFull' | 'blockTimeoutMs' | 'onDropped' | 'queueLengthMax'>;

/** Standard output: the default sink. Where there is none (browsers), the console. */
export function createStdoutSink(options: StdoutOptions = {}): Sink {
  const writer = builtin('node:fs');
  if (writer === undefined) return createConsoleSink();
  // The getter puts a pipe or socket into non-blocking mode, as console.log would: a stuck reader then cannot stop us.
  void hostProcess?.stdout;
  return createDescriptorSink({ ...options, descriptor: 1, writer });
}

function createConsoleSink(): Sink {
  let written = 0;
  return {
    write(line, level) {
      written++;
      console[level === 'fatal' || level === 'error' ? 'error' : level === 'warn' ? 'warn' : 'log'](line);
    },
    flush: () => Promise.resolve(),
    flushSync: () => undefined,
    close: () => Promise.resolve(),
    statistics: () => ({ written, dropped: 0 }),
  };
}
