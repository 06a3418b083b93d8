/** Seeded randomness for property tests; the seed is printed with a failure so that it can be run again. */
export interface Random {
  next(): number;
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (below) => Math.floor(next() * below),
    pick: (from) => from[Math.floor(next() * from.length)]!,
  };
}

/** Runs a property with fresh seeds each time the suite runs; `SEED=n` starts with that one. */
export function property(runs: number, check: (random: Random) => void): void {
  const first = process.env['SEED'] ? Number(process.env['SEED']) : Math.floor(Math.random() * 2 ** 31);
  for (let run = 0; run < runs; run++) {
    try {
      check(seeded(first + run));
    } catch (error) {
      console.error(`property failed; repeat with SEED=${first + run}`);
      throw error;
    }
  }
}
