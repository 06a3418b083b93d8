import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Real processes have no clock that could be advanced; a loaded machine is slow. */
export const processWaitMs = 120_000;

/** The first answer that is not undefined; fails with `what` when there is none in time. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined, what: () => string): Promise<T> {
  for (const endMs = Date.now() + processWaitMs; Date.now() < endMs; await delay(100)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  return assert.fail(what());
}
