import { walk } from '@cordwood/logql';
import { edited, type RuleMutation } from './rule-mutation.ts';

const others: Readonly<Record<string, string>> = {
  sum: 'max',
  avg: 'max',
  min: 'max',
  max: 'min',
  count: 'sum',
  topk: 'bottomk',
  bottomk: 'topk',
  count_over_time: 'rate',
  rate: 'count_over_time',
  bytes_over_time: 'bytes_rate',
  bytes_rate: 'bytes_over_time',
  sum_over_time: 'avg_over_time',
  avg_over_time: 'max_over_time',
  min_over_time: 'max_over_time',
  max_over_time: 'min_over_time',
  first_over_time: 'last_over_time',
  last_over_time: 'first_over_time',
};

/** Another aggregation, another grouping, another quantile. */
export const aggregation: RuleMutation = {
  name: 'aggregation',
  *mutate(rule, expression) {
    for (const node of walk(expression)) {
      if (node.kind !== 'vectorAggregation' && node.kind !== 'rangeAggregation') continue;
      const { operation, grouping, span } = node;
      // unwrap goes with other operations than lines do.
      const unwrapped = node.kind === 'rangeAggregation' && node.range.unwrap !== undefined;
      const other = unwrapped && operation === 'rate' ? undefined : others[operation];
      if (other !== undefined) yield edited(rule, { start: span.start, end: span.start + operation.length }, other);
      if (operation === 'quantile_over_time') {
        const number = /\(\s*([\d.]+)/.exec(rule.expression.slice(span.start))!;
        const start = span.start + number.index + number[0].length - number[1]!.length;
        yield edited(rule, { start, end: start + number[1]!.length }, Number(number[1]) === 0.5 ? '0.9' : '0.5');
      }
      if (grouping !== undefined && grouping.labels.length > 0)
        yield edited(rule, grouping.span, node.kind === 'vectorAggregation' ? '' : ' by ()');
    }
  },
};
