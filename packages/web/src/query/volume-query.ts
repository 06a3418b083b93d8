/** The query behind the bars: entries of a log query counted by level and time. */
import type { LogExpression, MetricExpression } from '@cordwood/logql';
import { nowhere } from './map-logs.ts';

/** Both names: servers that detect levels put `detected_level`, older data has `level`. */
const levelNames = ['level', 'detected_level'];

export function volumeQuery(log: LogExpression, stepMs: number): MetricExpression {
  const span = nowhere;
  // A line that a parser cannot read would fail the whole count; on the screen it is a line like any other.
  const parses = log.stages.some((stage) => stage.kind !== 'lineFilter');
  const drop = { kind: 'drop' as const, span, labels: [{ span, name: '__error__', matcher: undefined }] };
  return {
    kind: 'vectorAggregation',
    span,
    operation: 'sum',
    parameter: undefined,
    grouping: { span, without: false, labels: levelNames },
    operand: {
      kind: 'rangeAggregation',
      span,
      operation: 'count_over_time',
      parameter: undefined,
      grouping: undefined,
      range: {
        kind: 'logRange',
        span,
        log: parses ? { ...log, stages: [...log.stages, drop] } : log,
        unwrap: undefined,
        rangeNs: BigInt(stepMs) * 1_000_000n,
        offsetNs: 0n,
      },
    },
  };
}
