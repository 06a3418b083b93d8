import { WorldError } from '../../model/failure.ts';
import { sleep } from '../../world/clock.ts';
import { BudgetSpent } from './budget.ts';
import { type Check, type CheckState, type Criterion, failed, notJudged, stateOf } from './criterion.ts';
import type { Stack } from './stack.ts';

export interface CriterionResult {
  readonly criterion: Criterion;
  readonly state: CheckState;
  readonly checks: readonly Check[];
  readonly durationMs: number;
}

export interface AcceptanceResult {
  readonly runId: string;
  readonly url: string;
  readonly environment: string;
  readonly startedNs: bigint;
  readonly durationMs: number;
  readonly criteria: readonly CriterionResult[];
  /** What the run wrote and what became of it. */
  readonly cleanUp: readonly string[];
  readonly spent: Readonly<Record<string, number>>;
}

/** A stream that the run wrote into. */
export interface LeftStream {
  readonly tenant: string;
  readonly selector: string;
}

/**
 * Judges criterion after criterion; `onResult` hears of each. What a run wrote is deleted at the end where the tenant allows it,
 * and named where it does not.
 */
export async function runAcceptance(
  criteria: readonly Criterion[],
  stack: Stack,
  left: readonly LeftStream[],
  onResult: (result: CriterionResult) => void,
): Promise<AcceptanceResult> {
  const beganMs = stack.clock.monotonicMs();
  const results: CriterionResult[] = [];
  for (const criterion of criteria) {
    const startMs = stack.clock.monotonicMs();
    const checks = await judgeSafely(criterion, stack);
    const result = { criterion, state: stateOf(checks), checks, durationMs: stack.clock.monotonicMs() - startMs };
    results.push(result);
    onResult(result);
  }
  const cleanUp = await cleanUpAfter(stack, left);
  return {
    runId: stack.runId,
    url: stack.loki.url,
    environment: stack.environment.name,
    startedNs: stack.startedNs,
    durationMs: stack.clock.monotonicMs() - beganMs,
    criteria: results,
    cleanUp,
    spent: { ...stack.budget.spent },
  };
}

async function judgeSafely(criterion: Criterion, stack: Stack): Promise<readonly Check[]> {
  try {
    return await criterion.judge(stack);
  } catch (error) {
    if (stack.signal.aborted) throw error;
    if (error instanceof BudgetSpent) return [notJudged('all of it', error.message)];
    const { message } = error as Error;
    return [failed(error instanceof WorldError ? 'the stack answers' : 'the question could be asked', message)];
  }
}

async function cleanUpAfter(stack: Stack, left: readonly LeftStream[]): Promise<string[]> {
  const notes: string[] = [];
  if (left.length === 0) return notes;
  // A deletion ends at a whole second that is not in the future: what was written in this second must lie before it.
  await sleep(stack.clock, 1000, stack.signal);
  for (const { tenant, selector } of left) {
    const start = String(stack.startedNs / 1_000_000_000n);
    const end = String(stack.clock.nowNs() / 1_000_000_000n);
    try {
      const { status } = await stack.loki.request({
        path: '/loki/api/v1/delete',
        method: 'POST',
        tenant,
        parameters: { query: selector, start, end },
      });
      notes.push(
        status === 204
          ? `${tenant} ${selector}: deletion asked for`
          : `${tenant} ${selector}: stays until its retention ends (delete: ${status})`,
      );
    } catch (error) {
      notes.push(`${tenant} ${selector}: stays until its retention ends (${(error as Error).message})`);
    }
  }
  return notes;
}
