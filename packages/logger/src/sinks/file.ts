import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createDescriptorSink, type DescriptorOptions } from './descriptor.ts';
import type { Sink } from './sink.ts';

export type FileSinkOptions = Pick<DescriptorOptions, 'onFull' | 'blockTimeoutMs' | 'onDropped'> & {
  readonly path: string;
};

export interface FileSink extends Sink {
  /** Closes the file and opens the path again: after logrotate has renamed it. */
  readonly reopen: () => void;
}

/** Lines appended to a file; folders are made. Throws when the file cannot be opened. */
export function createFileSink(options: FileSinkOptions): FileSink {
  mkdirSync(dirname(options.path), { recursive: true });
  const open = () => openSync(options.path, 'a', 0o640);
  let descriptor = open();
  const sink = createDescriptorSink({
    ...options,
    descriptor,
    writer: { writeSync: (_descriptor, bytes, offset) => writeSync(descriptor, bytes, offset) },
  });
  return {
    ...sink,
    reopen() {
      sink.flushSync();
      const previous = descriptor;
      descriptor = open();
      closeSync(previous);
    },
    async close() {
      await sink.close();
      closeSync(descriptor);
    },
  };
}
