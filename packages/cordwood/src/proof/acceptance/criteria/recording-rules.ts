import { type Check, type Criterion, failed, judged, listed, notJudged } from '../criterion.ts';
import { queryPrometheus } from '../query-prometheus.ts';
import { expectedRules, type GroupState, ruleGroups, ruleProblem } from '../rule-state.ts';
import { eventually, type Stack } from '../stack.ts';

export const recordingRules: Criterion = {
  number: 7,
  title: 'Recording rules export metrics to Prometheus',
  async judge(stack) {
    const wrong: string[] = [];
    const arriving: Promise<Check[]>[] = [];
    let count = 0;
    for (const { id } of stack.environment.tenants) {
      const names = expectedRules(stack, id, 'record');
      if (names.length === 0) continue;
      const groups = await ruleGroups(stack, id);
      if (groups === undefined) return [failed('recording rules are loaded', `${id}: the ruler does not answer`)];
      for (const name of names) {
        count++;
        const group = groups.find(({ rules }) => rules.some((rule) => rule.name === name));
        const rule = group?.rules.find((candidate) => candidate.name === name);
        const problem = rule === undefined ? `${name} is not loaded` : ruleProblem(rule, group!, stack.clock.nowNs());
        if (problem !== undefined) wrong.push(`${id}: ${problem}`);
        else arriving.push(judgeArrival(stack, id, name, group!));
      }
    }
    const arrivals = (await Promise.all(arriving)).flat();
    const loaded = judged(
      wrong.length === 0,
      'every recording rule of the platform is loaded and evaluates',
      wrong.length === 0 ? `${count} rules` : listed(wrong),
    );
    if (stack.endpoints.prometheus === undefined)
      return [
        loaded,
        notJudged('their series are in Prometheus', '--prometheus: the server that takes the remote write'),
      ];
    if (wrong.length === 0 && arrivals.length === 0)
      return [loaded, notJudged('their series are in Prometheus', 'lines that a rule has something to record of')];
    return [loaded, ...arrivals];
  },
};

/** A rule whose query gives nothing at present records nothing, and says nothing about remote write. */
async function judgeArrival(stack: Stack, tenant: string, name: string, group: GroupState): Promise<Check[]> {
  const { prometheus } = stack.endpoints;
  if (prometheus === undefined) return [];
  const rule = group.rules.find((candidate) => candidate.name === name)!;
  const now = await stack.loki.numbers(tenant, rule.query, stack.clock.nowNs());
  if (now.size === 0) return [];
  const query = `count(last_over_time({__name__="${name}",tenant="${tenant}"}[10m]))`;
  const count = await eventually(
    stack,
    group.interval * 2_000 + stack.settings.waitMs,
    () => queryPrometheus(stack, prometheus, query),
    (series) => (series[0] ?? 0) > 0,
  );
  const series = count[0] ?? 0;
  const what = `${name} of ${tenant}`;
  return [judged(series > 0, what, `${series} series in Prometheus, ${now.size} in Loki now`)];
}
