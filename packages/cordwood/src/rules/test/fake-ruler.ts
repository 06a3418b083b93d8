import { createLabels } from '../../model/labels.ts';
import { parseTenant, type Tenant } from '../../model/tenant.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import type { ActiveAlert, Sample } from '../alerting-rule.ts';
import { readRules } from '../local-rule-store.ts';
import type { RuleGroup } from '../rule-group.ts';
import { createRuler, type RecordedSample, type RulerOptions } from '../ruler.ts';

const parsed = parseTenant('acme');
export const tenant = (parsed as { tenant: Tenant }).tenant;

export const noChecks = { expressionError: () => undefined, templateError: () => undefined };

/** Samples from `app=shop:3 app=till:1`; '' gives none. */
export function samplesOf(text: string): Sample[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((item) => {
      const [pair, value] = item.split(':');
      const [name, label] = pair!.split('=');
      return { labels: createLabels(label === undefined ? {} : { [name!]: label }), value: Number(value) };
    });
}

/**
 * A ruler over rules given as YAML, on a clock that starts at a full hour, whose queries are answered from `answers`
 * (expression -> samples text, or an Error).
 */
export function fakeRuler(yaml: string, overrides: Partial<RulerOptions> = {}) {
  const clock = (overrides.clock as SimulatedClock | undefined) ?? new SimulatedClock(1_795_132_800_000_000_000n);
  const answers = new Map<string, string | Error>();
  const notified: ActiveAlert[][] = [];
  const recorded: RecordedSample[] = [];
  const state = { yaml };
  const groupsOf = (text: string): readonly RuleGroup[] => readRules(text, 'rules.yaml', noChecks).groups;
  const ruler = createRuler({
    store: {
      tenants: async () => [tenant],
      list: async () => ({
        namespaces: new Map([['rules.yaml', groupsOf(state.yaml)]]),
        diagnostics: readRules(state.yaml, 'rules.yaml', noChecks).diagnostics,
      }),
      write: undefined,
    },
    query: async (_tenant, expression) => {
      const answer = answers.get(expression) ?? '';
      if (answer instanceof Error) throw answer;
      return samplesOf(answer);
    },
    expand: (_name, text, data) => text.replaceAll('{{ $value }}', String(data.value)),
    printExpression: (text) => text,
    notify: (_tenant, alerts) => notified.push([...alerts]),
    record: (_tenant, samples) => recorded.push(...samples),
    stateFile: undefined,
    clock,
    log: () => {},
    evaluationIntervalMs: 60_000,
    pollIntervalMs: 60_000,
    resendDelayMs: 60_000,
    ...overrides,
  });
  return { ruler, clock, answers, notified, recorded, state };
}
