/**
 * The JSON Schema of test files, for editors: completion, descriptions, and a mistake shown while it is written. Published as
 * `test-file.schema.json`; a test holds it against what the reader knows. The reader says more, and says it better.
 */
type Schema = Readonly<Record<string, unknown>>;

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const duration = (description: string): Schema =>
  text(description, { pattern: '^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$' });
const number = (description: string): Schema => ({ type: 'number', description });
const list = (items: Schema, description: string): Schema => ({ type: ['array', 'null'], items, description });
const texts = (description: string): Schema => ({
  type: ['object', 'null'],
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  description,
});
const map = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  more: Schema = {},
): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  ...more,
});
const either = (...anyOf: readonly Schema[]): Schema => ({ anyOf });
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

const labelSet = (description: string): Schema => ({ anyOf: [text(''), texts('')], description });
const tenant = text('Tenant (X-Scope-OrgID).');
const evalTime = duration('When it is looked at, counted from the start of the test.');

const line = either(
  text('A line, at the next multiple of the interval.'),
  map({
    line: text('The line. With repeat a Go template: {{ .seq }}, {{ .time }}, randInt, randHex, pick.'),
    at: duration('When it happened.'),
    arrives: duration('When the store gets it, if that is later.'),
    structured_metadata: texts('Structured metadata of the entry.'),
    repeat: text("Many lines: '500 lines over 5m' or '20 lines every 15s'.", {
      pattern: '^[0-9]+ lines? (over|every) \\S+$',
    }),
    gap: duration('No line: the next one that names no time comes so much later.'),
  }),
);

const stream = map(
  {
    labels: labelSet('Labels of the stream: \'{app="web"}\' or a mapping.'),
    tenant,
    structured_metadata: texts('Structured metadata of every line.'),
    lines: list(line, 'Its lines.'),
  },
  ['lines'],
);

const sample = map({ labels: labelSet('Labels of the series.'), value: either({ type: 'number' }, text('NaN, Inf')) }, [
  'value',
]);

const expectedAlert = map({
  exp_state: { enum: ['firing', 'pending'], description: 'firing when it is left out.' },
  exp_labels: texts('Labels; alertname needs not be repeated.'),
  exp_annotations: texts('Annotations; left out: not compared.'),
});

const alertTest = map(
  {
    alertname: text('Name of the alerting rule.'),
    tenant,
    eval_time: evalTime,
    exp_alerts: list(ref('expectedAlert'), 'The alerts at that time; [] says that there is none.'),
  },
  ['alertname', 'eval_time', 'exp_alerts'],
);

const prometheusTest = map(
  {
    alertname: text('Name of the alerting rule.'),
    eval_time: evalTime,
    exp_alerts: list(ref('expectedAlert'), 'The firing alerts at that time; [] says that there is none.'),
  },
  ['alertname', 'eval_time', 'exp_alerts'],
);

const timelineTest = map(
  {
    alertname: text('Name of the alerting rule.'),
    tenant,
    labels: labelSet('Labels that choose one alert, where there are several.'),
    until: duration('End of the time that is looked at.'),
    exp_timeline: list(
      text("A change: 'pending at 5m'.", { pattern: '^(pending|firing|resolved|inactive) +at +\\S+$' }),
      'Every change until then.',
    ),
  },
  ['alertname', 'until', 'exp_timeline'],
);

const recordingTest = map(
  {
    record: text('Name of the recording rule.'),
    tenant,
    eval_time: evalTime,
    exp_samples: list(sample, 'What it wrote at its last evaluation before that.'),
  },
  ['record', 'eval_time', 'exp_samples'],
);

const expressionTest = map(
  {
    expr: text('A LogQL query.'),
    tenant,
    eval_time: evalTime,
    exp_samples: list(sample, 'The result of a metric query.'),
    exp_logs: list(
      either(
        text('A line.'),
        map({ line: text('The line.'), labels: labelSet(''), at: duration('Its time.') }, ['line']),
      ),
      'The result of a log query, oldest first.',
    ),
  },
  ['expr', 'eval_time'],
);

const notificationTest = map(
  {
    eval_time: evalTime,
    alertname: text('Only of this rule.'),
    tenant,
    exp_notifications: list(
      map({
        status: { enum: ['firing', 'resolved'], description: 'firing when it is left out.' },
        labels: texts('Labels, external ones included.'),
        annotations: texts('Annotations.'),
        starts_at: duration('startsAt.'),
        ends_at: duration('endsAt.'),
        generator_url: text('generatorURL.'),
      }),
      'What an Alertmanager is sent by the evaluations of that time; [] says nothing.',
    ),
  },
  ['eval_time', 'exp_notifications'],
);

const ruleTest = map({
  name: text('What the test says.'),
  interval: duration('Distance of lines that have no time; default 1m.'),
  tenant,
  seed: number('Of generated values; default 1.'),
  external_labels: texts('As of the ruler.'),
  external_url: text('As of the ruler.'),
  start: text('What 0s is, RFC 3339. Default: the epoch, with pipeline 2026-01-01.'),
  input_streams: list(ref('stream'), 'Lines as the store gets them.'),
  pipeline: map(
    {
      config: text('Path of an Alloy configuration, or of a Promtail one (*.yaml).'),
      component: text('Where lines go in, or a source: then what it forwards to.'),
      env: texts('All that sys.env sees.'),
    },
    ['config'],
    { description: 'What raw_input goes through.' },
  ),
  raw_input: list(ref('stream'), 'Lines as services write them; labels are those of the source.'),
  alert_rule_test: list(alertTest, 'Alerts at a time.'),
  alert_timeline_test: list(timelineTest, 'Changes of an alert over time.'),
  recording_rule_test: list(recordingTest, 'What recording rules write.'),
  logql_expr_test: list(expressionTest, 'Results of queries.'),
  notification_test: list(notificationTest, 'What an Alertmanager is sent.'),
  prometheus_alert_test: list(prometheusTest, 'Alerts of Prometheus on what recording rules wrote, by promtool.'),
  absent_text: list(
    text(''),
    'Texts that may be in no alert, notification, recorded series, and behind a pipeline in no stored entry.',
  ),
});

const pipelineTest = map(
  {
    name: text('What the test says.'),
    config: text('Path of an Alloy configuration, or of a Promtail one (*.yaml).'),
    component: text('Where lines go in, or a source: then what it forwards to.'),
    env: texts('All that sys.env sees.'),
    start: text('When the first line is read, RFC 3339.'),
    labels: texts('Of every input.'),
    input: list(
      either(
        text('A line.'),
        map({
          line: text('A line.'),
          file: text('Every line of a file.'),
          labels: texts('Labels of the source.'),
          structured_metadata: texts('Structured metadata of the source.'),
          at: duration('When it is read.'),
        }),
      ),
      'Lines that go in.',
    ),
    exp_entries: list(
      either(
        { const: 'dropped', description: 'A line gave no entry.' },
        map({
          line: text('The line.'),
          labels: texts('All labels.'),
          structured_metadata: texts('All structured metadata.'),
          timestamp: text('RFC 3339.'),
          tenant: { type: ['string', 'null'], description: "Tenant; '' says that none was set." },
          dropped: text('The reason for which a line gave no entry.'),
          by: text('The component that dropped it.'),
        }),
      ),
      'Entries that come out, in order; only the keys that are given are compared.',
    ),
  },
  ['config', 'input', 'exp_entries'],
);

const ingestTest = map(
  {
    name: text('What the test says.'),
    tenant,
    seed: number('Of generated values; default 1.'),
    interval: duration('Distance of lines that have no time; default 1m.'),
    speed: number('How much faster than they happened the lines come; default 1.'),
    input_streams: list(ref('stream'), 'The load.'),
    replay: text('A recording instead: lines of `cordwood query -o jsonl`.'),
    exp_refused: list(
      map(
        {
          tenant,
          reason: text('As of loki_discarded_samples_total: rate_limited, per_stream_rate_limit, stream_limit ...'),
          lines: number('How many.'),
        },
        ['reason', 'lines'],
      ),
      'Lines that are refused; [] says that none may be.',
    ),
  },
  ['exp_refused'],
);

export const testFileSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Cordwood test file',
  description: 'Tests of Loki rules and of Alloy and Promtail pipelines, run by `cordwood test`.',
  ...map({
    rule_files: list(
      either(
        text('Path or glob, relative to this file.'),
        map({ path: text('Path or glob, relative to this file.'), tenant }, ['path']),
      ),
      'Rule files.',
    ),
    evaluation_interval: duration('Of groups that have none; default 1m.'),
    group_eval_order: list(text('Name of a group.'), 'Groups that are evaluated first.'),
    prometheus_rule_files: list(text('Path, relative to this file.'), 'Rules of Prometheus over recorded series.'),
    tenant,
    loki_config: text('Path of loki.yaml: the limits of tenants then hold.'),
    overrides: text('Path of the runtime overrides.'),
    tests: list(ref('ruleTest'), 'Tests of rules.'),
    pipeline_tests: list(ref('pipelineTest'), 'Tests of pipelines.'),
    isolation_tests: list(
      map({ name: text('What the test says.'), tenants: list(tenant, 'Default: those of the overrides.') }),
      'No tenant sees another, on any route of the API.',
    ),
    ingest_tests: list(ingestTest, 'What the limits refuse of a load.'),
  }),
  $defs: { stream, expectedAlert, ruleTest, pipelineTest },
};
