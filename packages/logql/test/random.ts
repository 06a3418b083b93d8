/** Seeded choices for property tests. The seed of a failing run is printed; set SEED to run it again. */
export interface Random {
  readonly seed: number;
  /** 0 ≤ n < 1 */
  next(): number;
  integer(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  list<T>(lengthMin: number, lengthMax: number, make: () => T): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    seed,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (from) => from[integer(from.length)]!,
    list: (lengthMin, lengthMax, make) => Array.from({ length: lengthMin + integer(lengthMax - lengthMin + 1) }, make),
  };
}

export function seedFromEnvironment(): number {
  return Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
}
