/** Uniform numbers in [0, 1). Real in production, seeded in tests, so that every failure can be replayed. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

/** A small, fast, seeded generator (mulberry32). Print the seed when a test fails. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Integer in [0, limit). */
export function randomInt(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
