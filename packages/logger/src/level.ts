/** Severities from least to most. The numbers leave room between them and are pino's, so that thresholds carry over. */
export const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

export type Level = keyof typeof levels;
/** `silent` is a threshold only: nothing is that severe. */
export type Threshold = Level | 'silent';

export const levelNames = Object.keys(levels) as readonly Level[];
export const thresholdNames: readonly Threshold[] = [...levelNames, 'silent'];

export function isLevel(name: unknown): name is Level {
  return typeof name === 'string' && Object.hasOwn(levels, name);
}

export function isThreshold(name: unknown): name is Threshold {
  return name === 'silent' || isLevel(name);
}

export function thresholdNumber(threshold: Threshold): number {
  return threshold === 'silent' ? Number.POSITIVE_INFINITY : levels[threshold];
}
