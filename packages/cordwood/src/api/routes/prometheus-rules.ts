import { type Labels, labelsObject } from '../../model/labels.ts';
import type { ActiveAlert } from '../../rules/alerting-rule.ts';
import type { GroupStatus, RuleStatus } from '../../rules/ruler.ts';
import type { Answer } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { goJson } from '../go-json.ts';
import type { Route } from '../route.ts';
import * as texts from './parameter-texts.ts';
import { prometheusFailure } from './rules.ts';

/** Rules and alerts in Prometheus' form: what Grafana's alert list and the page read. */
const available = ({ ruler, config }: ApiContext): boolean => ruler !== undefined && config.ruler.enableApi;

/** Several tenants are to Loki's ruler as good as none. */
function refuse(status: number, message: string): Answer {
  if (message === 'multiple org IDs present') return prometheusFailure(500, 'server_error', 'no org id');
  return prometheusFailure(status, status < 500 ? 'bad_data' : 'server_error', message);
}

function success(data: unknown): Answer {
  const body = goJson({ status: 'success', data, errorType: '', error: '' });
  return { status: 200, contentType: 'application/json', body };
}

/** Go's zero time: no evaluation yet. */
const never = '0001-01-01T00:00:00Z';

function time(timeMs: number | undefined): string {
  return timeMs === undefined ? never : new Date(timeMs).toISOString();
}

function alertObject(alert: ActiveAlert): unknown {
  return {
    labels: labelsObject(alert.labels),
    annotations: labelsObject(alert.annotations as Labels),
    state: alert.state,
    activeAt: time(alert.activeAtMs),
    value: exponentText(alert.value),
  };
}

/** Go's strconv.FormatFloat(value, 'e', -1, 64): `1e+00`. */
export function exponentText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function ruleObject(status: RuleStatus): unknown {
  const { rule } = status;
  const outcome = {
    health: status.health,
    lastError: status.lastError,
    type: rule.kind === 'alerting' ? 'alerting' : 'recording',
    lastEvaluation: time(status.lastEvaluationMs),
    evaluationTime: status.evaluationSeconds,
  };
  if (rule.kind === 'recording') return { name: rule.name, query: status.query, labels: rule.labels, ...outcome };
  return {
    state: status.state,
    name: rule.name,
    query: status.query,
    duration: rule.forMs / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: status.alerts.map(alertObject),
    ...outcome,
  };
}

function groupObject(group: GroupStatus, rules: readonly RuleStatus[]): unknown {
  return {
    name: group.name,
    file: group.namespace,
    rules: rules.map(ruleObject),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    lastEvaluation: time(group.lastEvaluationMs),
    evaluationTime: group.evaluationSeconds,
  };
}

export const prometheusRules: Route = {
  paths: ['/prometheus/api/v1/rules', '/api/prom/api/v1/rules'],
  methods: ['GET'],
  summary: 'Rule groups with their state.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [
    { name: 'type', describe: 'alert or record' },
    { name: 'rule_name', describe: 'only these rules', repeated: true },
    { name: 'rule_group', describe: 'only these groups', repeated: true },
    { name: 'file', describe: 'only these namespaces', repeated: true },
  ],
  answers: { 200: 'Groups, sorted by namespace and name.', ...texts.refusedAnswers },
  handle({ tenant, form }, context) {
    const type = form.get('type').toLowerCase();
    if (type !== '' && type !== 'alert' && type !== 'record') {
      return prometheusFailure(400, 'bad_data', `not supported value ${JSON.stringify(form.get('type'))}`);
    }
    const anyOf = (name: string) => {
      const values = [...form.all(name), ...form.all(`${name}[]`)];
      return (value: string) => values.length === 0 || values.includes(value);
    };
    const [ruleName, ruleGroup, file] = [anyOf('rule_name'), anyOf('rule_group'), anyOf('file')];
    const kind = type === '' ? undefined : type === 'alert' ? 'alerting' : 'recording';
    const groups: unknown[] = [];
    for (const group of context.ruler!.groups(tenant)) {
      if (!ruleGroup(group.name) || !file(group.namespace)) continue;
      const rules = group.rules.filter(({ rule }) => ruleName(rule.name) && (kind === undefined || rule.kind === kind));
      if (rules.length > 0) groups.push(groupObject(group, rules));
    }
    return success({ groups });
  },
};

export const prometheusAlerts: Route = {
  paths: ['/prometheus/api/v1/alerts', '/api/prom/api/v1/alerts'],
  methods: ['GET'],
  summary: 'Pending and firing alerts.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  answers: { 200: 'Alerts.', ...texts.refusedAnswers },
  handle({ tenant }, context) {
    return success({ alerts: context.ruler!.alerts(tenant).map(alertObject) });
  },
};
