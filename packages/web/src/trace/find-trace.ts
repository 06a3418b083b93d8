/** All entries that carry an id, oldest first. */
import { print } from '@cordwood/logql';
import type { LokiClient, TenantChoice } from '../client/loki-client.ts';
import { type LogRow, mergeRows, rowsOf } from '../lines/log-row.ts';
import { correlationQueries } from '../query/correlation-query.ts';
import { apiRange, type MsRange } from '../time/range-choice.ts';

export interface FoundTrace {
  readonly rows: readonly LogRow[];
  /** The limit was reached: there is more than this. */
  readonly cut: boolean;
}

export const traceRowsMax = 1000;

export async function findTrace(
  client: LokiClient,
  tenant: TenantChoice,
  id: string,
  range: MsRange,
  signal: AbortSignal,
): Promise<FoundTrace> {
  const answers = await Promise.all(
    correlationQueries(id).map((expression) =>
      client.queryRange(
        tenant,
        { query: print(expression), range: apiRange(range), limit: traceRowsMax, direction: 'forward' },
        signal,
      ),
    ),
  );
  const lists = answers.map((answer) => rowsOf(answer.kind === 'streams' ? answer.streams : [], 'oldest'));
  return {
    rows: lists.reduce((all, rows) => mergeRows(all, rows, 'oldest')),
    cut: lists.some((rows) => rows.length >= traceRowsMax),
  };
}
