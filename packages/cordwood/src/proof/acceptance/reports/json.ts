import type { AcceptanceReport } from './report.ts';

/** For programs. */
export const jsonReport: AcceptanceReport = (result) => {
  const document = {
    url: result.url,
    environment: result.environment,
    runId: result.runId,
    startedAt: new Date(Number(result.startedNs / 1_000_000n)).toISOString(),
    durationMs: Math.round(result.durationMs),
    criteria: result.criteria.map(({ criterion, state, checks, durationMs }) => ({
      number: criterion.number,
      title: criterion.title,
      state,
      durationMs: Math.round(durationMs),
      checks,
    })),
    cleanUp: result.cleanUp,
    spent: result.spent,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
};
