import type { LogExpression, MetricExpression } from '@cordwood/logql';
import type { SelectStatistics } from '../model/select-request.ts';
import type { RowCounts } from './line/row-counts.ts';

/** What one query did, by the nodes of its tree: for its explanation. */
export class QueryTrace {
  readonly #reads = new Map<LogExpression, ReadTrace[]>();
  readonly #series = new Map<MetricExpression, number>();

  /** A pipeline is about to read for one of the tenants. */
  reads(log: LogExpression, read: ReadTrace): void {
    const reads = this.#reads.get(log);
    if (reads === undefined) this.#reads.set(log, [read]);
    else reads.push(read);
  }

  gave(expression: MetricExpression, series: number): void {
    this.#series.set(expression, series);
  }

  readsOf(log: LogExpression): readonly ReadTrace[] {
    return this.#reads.get(log) ?? [];
  }

  seriesOf(expression: MetricExpression): number | undefined {
    return this.#series.get(expression);
  }
}

export interface ReadTrace {
  readonly counts: RowCounts;
  readonly statistics: SelectStatistics;
}
