/** What acceptance may cost the stack that it judges. Production goes on meanwhile. */
export interface BudgetLimits {
  readonly requests: number;
  /** Of pushed lines, without the load of criterion 12, which is asked for by its own options. */
  readonly pushedBytes: number;
  /** Of answers. */
  readonly readBytes: number;
  readonly timeMs: number;
}

export const defaultBudget: BudgetLimits = {
  requests: 3_000,
  pushedBytes: 4 * 2 ** 20,
  readBytes: 256 * 2 ** 20,
  timeMs: 15 * 60_000,
};

/** The budget is spent: what is left is not judged. */
export class BudgetSpent extends Error {}

export interface Budget {
  readonly limits: BudgetLimits;
  readonly spent: { requests: number; pushedBytes: number; readBytes: number };
  /** Throws BudgetSpent instead of letting a request go that is over the budget. */
  takeRequest(pushedBytes: number): void;
  takeAnswer(bytes: number): void;
}

export function createBudget(limits: BudgetLimits, elapsedMs: () => number): Budget {
  const spent = { requests: 0, pushedBytes: 0, readBytes: 0 };
  const check = () => {
    for (const name of ['requests', 'pushedBytes', 'readBytes'] as const) {
      if (spent[name] > limits[name]) throw new BudgetSpent(`a larger budget of ${name}: it is ${limits[name]}`);
    }
    if (elapsedMs() > limits.timeMs) throw new BudgetSpent(`more time: the budget is ${limits.timeMs / 1000} s`);
  };
  return {
    limits,
    spent,
    takeRequest(pushedBytes) {
      spent.requests++;
      spent.pushedBytes += pushedBytes;
      check();
    },
    takeAnswer(bytes) {
      spent.readBytes += bytes;
    },
  };
}
