import type { Level } from '../level.ts';

/**
 * Where lines go. `write` never throws and never waits longer than its stated bound; a line that could not be kept is
 * counted in `statistics().dropped`.
 */
export interface Sink {
  /** One line without its newline. */
  readonly write: (line: string, level: Level) => void;
  /** Resolves when all lines written so far have reached the target, or were given up. */
  readonly flush: () => Promise<void>;
  /** The same, at once: for the end of the process. */
  readonly flushSync: () => void;
  /** Flushes and releases what the sink holds; later lines are counted as dropped. */
  readonly close: () => Promise<void>;
  readonly statistics: () => SinkStatistics;
}

export interface SinkStatistics {
  readonly written: number;
  readonly dropped: number;
}
