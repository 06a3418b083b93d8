import type { Sink } from './sink.ts';

/** Every line to each of the sinks; its numbers are those of the first. */
export function createTeeSink(first: Sink, ...others: readonly Sink[]): Sink {
  const all = [first, ...others];
  return {
    write(line, level) {
      for (const sink of all) sink.write(line, level);
    },
    async flush() {
      await Promise.all(all.map((sink) => sink.flush()));
    },
    flushSync() {
      for (const sink of all) sink.flushSync();
    },
    async close() {
      await Promise.all(all.map((sink) => sink.close()));
    },
    statistics: first.statistics,
  };
}
