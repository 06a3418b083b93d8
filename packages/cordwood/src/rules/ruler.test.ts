import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsObject, printLabels } from '../model/labels.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { createAlertStateFile } from './alert-state-file.ts';
import { fakeRuler, tenant } from './test/fake-ruler.ts';

const alertYaml = `
groups:
  - name: g
    interval: 10s
    rules:
      - alert: Errors
        expr: errors
        for: 30s
        labels: {severity: page, count: "{{ $value }}"}
        annotations: {summary: "{{ $value }} errors"}
`;

test('an alert goes pending, firing and resolved, and receivers hear of firing and resolution', async () => {
  const { ruler, clock, answers, notified } = fakeRuler(alertYaml);
  await ruler.start();
  const states: string[] = [];
  const step = async (text: string) => {
    answers.set('errors', text);
    await clock.advance(10_000);
    states.push(ruler.groups(tenant)[0]!.rules[0]!.state);
  };
  for (const answer of ['', 'app=shop:3', 'app=shop:3', 'app=shop:3', 'app=shop:3', 'app=shop:3', '', ''])
    await step(answer);
  await ruler.stop();
  assert.deepEqual(states, ['inactive', 'pending', 'pending', 'pending', 'firing', 'firing', 'inactive', 'inactive']);
  assert.deepEqual(
    notified.map((alerts) => alerts.map((alert) => alert.state)),
    [['firing'], ['resolved']],
  );
  const [fired] = notified[0]!;
  assert.deepEqual(labelsObject(fired!.labels), { alertname: 'Errors', app: 'shop', count: '3', severity: 'page' });
  assert.deepEqual(labelsObject(fired!.annotations), { summary: '3 errors' });
  assert.equal(fired!.firedAtMs! - fired!.activeAtMs, 30_000);
  assert.ok(notified[1]![0]!.resolvedAtMs! > fired!.firedAtMs!);
});

test('a gap resets the wait', async () => {
  const { ruler, clock, answers, notified } = fakeRuler(alertYaml);
  await ruler.start();
  for (const answer of ['app=a:1', 'app=a:1', 'app=a:1', '', 'app=a:1', 'app=a:1', 'app=a:1']) {
    answers.set('errors', answer);
    await clock.advance(10_000);
  }
  await ruler.stop();
  assert.equal(notified.length, 0);
});

test('a firing alert is sent again after the resend delay, not before', async () => {
  const { ruler, clock, answers, notified } = fakeRuler(alertYaml);
  answers.set('errors', 'app=a:1');
  await ruler.start();
  await clock.advance(40_000);
  assert.equal(notified.length, 1);
  await clock.advance(60_000);
  assert.equal(notified.length, 1);
  await clock.advance(10_000);
  assert.equal(notified.length, 2);
  await ruler.stop();
});

test('errors of a query become health and lastError; the alert stays as it was', async () => {
  const { ruler, clock, answers } = fakeRuler(alertYaml);
  answers.set('errors', 'app=a:1');
  await ruler.start();
  await clock.advance(40_000);
  answers.set('errors', new Error('too many series'));
  await clock.advance(10_000);
  const [rule] = ruler.groups(tenant)[0]!.rules;
  assert.equal(rule!.health, 'err');
  assert.equal(rule!.lastError, 'too many series');
  assert.equal(rule!.state, 'firing');
  await ruler.stop();
});

test('the limit of a group clears the alerts and says so', async () => {
  const { ruler, clock, answers } = fakeRuler(alertYaml.replace('interval: 10s', 'interval: 10s\n    limit: 1'));
  answers.set('errors', 'app=a:1 app=b:2');
  await ruler.start();
  await clock.advance(10_000);
  const [rule] = ruler.groups(tenant)[0]!.rules;
  assert.equal(rule!.lastError, 'exceeded limit of 1 with 2 alerts');
  assert.equal(rule!.alerts.length, 0);
  await ruler.stop();
});

test('recorded series carry the rule labels, and end with a stale mark when they vanish', async () => {
  const yaml = 'groups: [{name: g, interval: 10s, rules: [{record: "a:b", expr: q, labels: {team: x}}]}]';
  const { ruler, clock, answers, recorded } = fakeRuler(yaml);
  answers.set('q', 'app=a:1 app=b:2');
  await ruler.start();
  await clock.advance(10_000);
  answers.set('q', 'app=b:5');
  await clock.advance(10_000);
  await ruler.stop();
  const shown = recorded.map((sample) => `${printLabels(sample.labels)} ${sample.stale ? 'stale' : sample.value}`);
  assert.deepEqual(shown, [
    '{__name__="a:b", app="a", team="x"} 1',
    '{__name__="a:b", app="b", team="x"} 2',
    '{__name__="a:b", app="b", team="x"} 5',
    '{__name__="a:b", app="a", team="x"} stale',
  ]);
  assert.equal((recorded[2]!.timestampMs - recorded[0]!.timestampMs) % 10_000, 0);
});

test('changed files are taken up at the poll; broken ones leave the old rules running', async () => {
  const logged: string[] = [];
  const { ruler, clock, answers, state } = fakeRuler(alertYaml, {
    log: (level, message, fields) => logged.push(`${level} ${message} ${fields?.['problem']}`),
  });
  answers.set('errors', 'app=a:1');
  await ruler.start();
  await clock.advance(40_000);
  state.yaml = `${alertYaml}      - nonsense`;
  await clock.advance(180_000);
  assert.deepEqual(logged, ['error rules cannot be used; the tenant keeps those it had a rule is a mapping']);
  assert.equal(ruler.alerts(tenant).length, 1, 'the old rule goes on');
  assert.match(ruler.diagnostics()[0]!.message, /a rule is a mapping/);
  state.yaml = alertYaml.replace('severity: page', 'severity: low');
  await clock.advance(60_000);
  assert.equal(ruler.groups(tenant)[0]!.rules[0]!.rule.labels['severity'], 'low');
  state.yaml = 'groups: []';
  await clock.advance(60_000);
  assert.equal(ruler.groups(tenant).length, 0);
  await ruler.stop();
});

test('the wait of an alert survives a restart', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const first = fakeRuler(alertYaml);
  const log = () => {};
  const options = (clock: typeof first.clock) => ({
    clock,
    stateFile: createAlertStateFile(disk, '/data/alerts.json', clock, log),
  });
  const before = fakeRuler(alertYaml, options(first.clock));
  before.answers.set('errors', 'app=a:1');
  await before.ruler.start();
  await first.clock.advance(20_000);
  const { activeAtMs } = before.ruler.alerts(tenant)[0]!;
  await before.ruler.stop();
  const after = fakeRuler(alertYaml, options(first.clock));
  after.answers.set('errors', 'app=a:1');
  await after.ruler.start();
  await first.clock.advance(20_000);
  const [alert] = after.ruler.alerts(tenant);
  assert.equal(alert!.state, 'firing');
  assert.equal(alert!.activeAtMs, activeAtMs);
  await after.ruler.stop();
});

test('ticks that were slept through are missed, not caught up', async () => {
  const asked: number[] = [];
  const { ruler, clock } = fakeRuler(alertYaml, {
    query: async (_tenant, _expression, timeMs) => {
      asked.push(timeMs);
      return [];
    },
  });
  await ruler.start();
  await clock.advance(20_000);
  assert.equal(asked.length, 2);
  // The machine sleeps for ten minutes: the wall clock jumps, the timer comes after waking.
  clock.jumpTo(clock.nowNs() + 600_000_000_000n);
  await clock.advance(20_000);
  const [group] = ruler.groups(tenant);
  assert.ok(asked.at(-1)! > Number(clock.nowNs() / 1_000_000n) - 10_000, 'evaluated for now');
  assert.equal(asked.length, 4);
  assert.equal(group!.missedIterations, 60);
  await ruler.stop();
});

test('tenants that are switched off run no rules', async () => {
  const { ruler } = fakeRuler(alertYaml, { runsTenant: () => false });
  await ruler.start();
  assert.deepEqual(ruler.allGroups(), []);
  await ruler.stop();
});

test('a restart keeps alerts of rules that cannot be read at the moment, and odd values', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const { clock } = fakeRuler(alertYaml);
  const start = async (yaml: string) => {
    const stateFile = createAlertStateFile(disk, '/data/alerts.json', clock, () => {});
    const fake = fakeRuler(yaml, { clock, stateFile });
    fake.answers.set('errors', 'app=a:NaN app=b:Infinity');
    await fake.ruler.start();
    return fake;
  };
  const before = await start(alertYaml);
  await clock.advance(50_000);
  const { activeAtMs } = before.ruler.alerts(tenant)[0]!;
  await before.ruler.stop();
  const broken = await start(`${alertYaml}      - nonsense`);
  await clock.advance(20_000);
  assert.equal(broken.ruler.alerts(tenant).length, 0);
  await broken.ruler.stop();
  const after = await start(alertYaml);
  const alerts = after.ruler.alerts(tenant);
  assert.deepEqual(
    alerts.map(({ state, value }) => [state, value]),
    [
      ['firing', Number.NaN],
      ['firing', Number.POSITIVE_INFINITY],
    ],
  );
  assert.equal(alerts[0]!.activeAtMs, activeAtMs);
  await after.ruler.stop();
});
