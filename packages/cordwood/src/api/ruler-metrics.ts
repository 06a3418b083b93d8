import type { GroupStatus } from '../rules/ruler.ts';
import type { Metric } from '../store/metrics.ts';

/** The ruler counts by itself, and groups come and go: so its metrics are made from its state when they are asked for. */
export function rulerMetrics(groups: readonly GroupStatus[]): Metric[] {
  return metrics.map(({ name, help, type, value }) => ({
    name: `loki_prometheus_rule_${name}`,
    help,
    type,
    samples: groups.map((group) => ({
      labels: { user: group.tenant, rule_group: `${group.namespace};${group.name}` },
      value: value(group),
    })),
  }));
}

const metrics: readonly (Pick<Metric, 'name' | 'help' | 'type'> & { value: (group: GroupStatus) => number })[] = [
  { name: 'group_rules', type: 'gauge', help: 'The number of rules.', value: ({ rules }) => rules.length },
  {
    name: 'group_interval_seconds',
    type: 'gauge',
    help: 'The interval of a rule group.',
    value: ({ intervalMs }) => intervalMs / 1000,
  },
  {
    name: 'group_last_evaluation_timestamp_seconds',
    type: 'gauge',
    help: 'The timestamp of the last rule group evaluation in seconds.',
    value: ({ lastEvaluationMs }) => (lastEvaluationMs ?? 0) / 1000,
  },
  {
    name: 'group_last_duration_seconds',
    type: 'gauge',
    help: 'The duration of the last rule group evaluation.',
    value: ({ evaluationSeconds }) => evaluationSeconds,
  },
  {
    name: 'evaluations_total',
    type: 'counter',
    help: 'The total number of rule evaluations.',
    value: ({ evaluations }) => evaluations,
  },
  {
    name: 'evaluation_failures_total',
    type: 'counter',
    help: 'The total number of rule evaluation failures.',
    value: ({ failures }) => failures,
  },
  {
    name: 'group_iterations_missed_total',
    type: 'counter',
    help: 'The total number of rule group evaluations missed due to slow rule group evaluation.',
    value: ({ missedIterations }) => missedIterations,
  },
];
