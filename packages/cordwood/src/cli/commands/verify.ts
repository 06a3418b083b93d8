import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import type { Environment, Platform } from '@cordwood/platform';
import { parseByteSize } from '../../config/byte-size.ts';
import type { LeftStream } from '../../proof/acceptance/run-acceptance.ts';
import type { AcceptanceSettings, Stack } from '../../proof/acceptance/stack.ts';
import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode, type OptionSpecs, type OptionValues, UsageError } from '../command.ts';
import { credentialsOfUsers, environmentOf, gatewayRoles } from '../gateway-credentials.ts';
import { loadPlatform } from '../platform-file.ts';
import { createProgressLine } from '../progress-line.ts';
import { parseDurationNs } from '../time-options.ts';
import { positiveInteger } from './query.ts';

const options = {
  addr: {
    type: 'string',
    value: 'URL',
    default: 'http://127.0.0.1:3100',
    env: 'LOKI_ADDR',
    describe: 'the stack: Cordwood, or a Loki or its gateway',
  },
  platform: {
    type: 'string',
    value: 'FILE',
    describe: 'the definition; default platform.ts of this folder or below it',
  },
  env: {
    type: 'string',
    value: 'NAME',
    describe: 'environment of the definition; default the one that runs on a laptop',
  },
  only: { type: 'string', value: 'N,N', describe: 'numbers of the criteria; default all' },
  user: {
    type: 'string',
    value: 'NAME=PASSWORD',
    multiple: true,
    env: 'CORDWOOD_USER',
    describe: "a user of the gateway, by its name in the definition's access.users; in the environment one a line",
  },
  otlp: { type: 'string', value: 'URL', describe: "the agent's OTLP receiver over HTTP (5, 10)" },
  pods: {
    type: 'string',
    value: 'PATH',
    describe: 'folder like /var/log/pods, or a file of `kubectl get pods -A -o json` (2)',
  },
  prometheus: { type: 'string', value: 'URL', describe: 'takes the remote write of the ruler (7, 8)' },
  alertmanager: { type: 'string', value: 'URL', describe: 'alerts must arrive there (6)' },
  artifacts: { type: 'string', value: 'DIR', describe: 'what cordwood render wrote (1, 8); default deployment' },
  repository: { type: 'string', value: 'DIR', describe: 'checkout whose unit tests are run (14)' },
  'old-loki': { type: 'string', value: 'URL', describe: 'dual-write also sends to it (13)' },
  'old-tenant': { type: 'string', value: 'ID', default: 'fake', describe: 'its tenant' },
  settle: { type: 'string', value: 'DURATION', default: '2m', describe: 'newer lines are not compared (13)' },
  'ingest-rate': { type: 'string', value: 'SIZE', describe: 'make load: 20MB a second (12)' },
  'ingest-for': { type: 'string', value: 'DURATION', default: '30s', describe: 'how long' },
  'probe-limits': {
    type: 'boolean',
    describe: 'one push above the burst of each tenant, which its limit must refuse whole (12)',
  },
  'own-tenant': {
    type: 'string',
    value: 'ID',
    describe: 'tenant of load and canary rules; default one that allows deletes',
  },
  fresh: { type: 'string', value: 'DURATION', default: '10m', describe: 'silent for longer is silent (2)' },
  wait: { type: 'string', value: 'DURATION', default: '30s', describe: 'how long something may take to arrive' },
  p99: { type: 'string', value: 'DURATION', default: '5s', describe: 'of 24 h queries (11)' },
  'query-volume': {
    type: 'string',
    value: 'SIZE',
    default: '64MB',
    describe: 'a day with less proves nothing about latency (11)',
  },
  'query-runs': { type: 'string', value: 'N', default: '4', describe: 'runs of each of five queries (11)' },
  'budget-requests': { type: 'string', value: 'N', default: '3000', describe: 'requests at most' },
  'budget-time': { type: 'string', value: 'DURATION', default: '15m', describe: 'time at most' },
  strict: { type: 'boolean', describe: 'exit code 1 also when something could not be judged' },
  format: { type: 'string', value: 'FORM', short: 'f', default: 'table', describe: 'table, json, junit or markdown' },
  report: { type: 'string', value: 'FILE', describe: 'also write the Markdown report for the change ticket' },
} as const satisfies OptionSpecs;

export const verify = defineCommand({
  name: 'verify',
  summary: "Judge a running stack by INFRA-009's acceptance criteria.",
  operands: '',
  operandCount: [0, 0],
  describe:
    'Writes only lines with the label cordwood_verify, deletes them where the tenant allows it, and stays within its budget. What cannot be\n' +
    'judged on this stack says what it would need and is never green.\n' +
    'Exit code 0: nothing failed, 1: a criterion failed, 2: wrong usage.',
  options,
  examples: [
    ['cordwood verify --otlp http://127.0.0.1:4318', 'the platform that `npm start` runs'],
    [
      'cordwood verify --addr https://loki.greenlang.example --env prod --user grafana=… --user alloy=… --prometheus http://prometheus:9090 --report acceptance.md',
      'production, through its gateway, with a report for the ticket',
    ],
    ['cordwood verify --only 12 --ingest-rate 8MB --ingest-for 10m --own-tenant greenlang-staging', 'a load test'],
  ],
  async run({ options: values, terminal, signal }) {
    // Loaded here, so that the small commands start without the definition's and the schema's libraries.
    const { criteria } = await import('../../proof/acceptance/criteria/registry.ts');
    const { runAcceptance } = await import('../../proof/acceptance/run-acceptance.ts');
    const { acceptanceReports } = await import('../../proof/acceptance/reports/registry.ts');
    const { renderCriterion, renderEnd } = await import('../../proof/acceptance/reports/table.ts');
    const report = acceptanceReports.get(values.format);
    if (report === undefined)
      throw new UsageError(`--format is ${[...acceptanceReports.keys()].join(', ')}, not '${values.format}'`);
    const numbers = criteria.map(({ number }) => number);
    const wanted = selectedNumbers(values.only, numbers);
    const { platform } = await loadPlatform(values.platform);
    const left: LeftStream[] = [];
    const stack = await createStack(values, platform, environmentOf(platform, values.env), signal, left);
    const chosen = criteria.filter(({ number }) => wanted.has(number));
    const progress = createProgressLine(terminal);
    const streams = values.format === 'table';
    let judgedCount = 0;
    const announce = () => {
      const next = chosen[judgedCount];
      if (next !== undefined)
        progress.show(`judging ${next.number} ${next.title} (${judgedCount + 1} of ${chosen.length})`);
    };
    announce();
    const result = await runAcceptance(chosen, stack, left, (criterion) => {
      progress.clear();
      if (streams) void terminal.out(`${renderCriterion(criterion, terminal.styleOut).join('\n')}\n`);
      judgedCount++;
      announce();
    });
    progress.clear();
    if (streams) await terminal.out(`${renderEnd(result, terminal.styleOut).join('\n')}\n`);
    else await terminal.out(report(result, terminal.styleOut));
    if (values.report !== undefined)
      writeFileSync(
        values.report,
        acceptanceReports.get('markdown')!(result, (_, text) => text),
      );
    const bad = values.strict ? ['failed', 'not judged'] : ['failed'];
    return result.criteria.some(({ state }) => bad.includes(state)) ? exitCode.failed : exitCode.ok;
  },
});

type Values = OptionValues<typeof options>;

function selectedNumbers(text: string | undefined, all: readonly number[]): Set<number> {
  if (text === undefined) return new Set(all);
  const numbers = text.split(',').map((part) => Number(part.trim()));
  const unknown = numbers.find((number) => !all.includes(number));
  if (unknown !== undefined)
    throw new UsageError(`--only: there is no criterion '${unknown}'; there are ${all[0]} to ${all.at(-1)}`);
  return new Set(numbers);
}

async function createStack(
  values: Values,
  platform: Platform,
  environment: Environment,
  signal: AbortSignal,
  left: LeftStream[],
): Promise<Stack> {
  const { createBudget, defaultBudget } = await import('../../proof/acceptance/budget.ts');
  const { createLokiProbe } = await import('../../proof/acceptance/loki-probe.ts');
  const { ownNamespace } = await import('../../proof/acceptance/otlp-record.ts');
  const users = credentialsOfUsers(values.user, platform);
  const beganMs = systemClock.monotonicMs();
  const limits = {
    ...defaultBudget,
    requests: positiveInteger(values['budget-requests'], '--budget-requests', 1),
    timeMs: milliseconds(values, 'budget-time'),
  };
  const budget = createBudget(limits, () => systemClock.monotonicMs() - beganMs);
  const { readers, writers } = gatewayRoles(platform, environment, users);
  return {
    platform,
    environment,
    loki: createLokiProbe({ url: values.addr, readers, writers, budget, signal }),
    endpoints: {
      otlp: values.otlp,
      prometheus: values.prometheus,
      alertmanager: values.alertmanager,
      oldLoki: values['old-loki'],
      pods: values.pods,
      artifacts: values.artifacts ?? (existsSync('deployment') ? 'deployment' : undefined),
      repository: values.repository,
    },
    settings: settingsOf(values, values['own-tenant'] ?? ownNamespace(environment)?.tenant ?? 'cordwood-verify'),
    budget,
    clock: systemClock,
    signal,
    runId: `v${randomBytes(5).toString('hex')}`,
    startedNs: systemClock.nowNs() - clockSkewNs,
    credentialsOf: (name) => users.get(name),
    leave(tenant, selector) {
      if (!left.some((stream) => stream.tenant === tenant && stream.selector === selector))
        left.push({ tenant, selector });
    },
  };
}

/** The stack's clock may be a little behind ours. */
const clockSkewNs = 30_000_000_000n;

function settingsOf(values: Values, ownTenant: string): AcceptanceSettings {
  return {
    freshMs: milliseconds(values, 'fresh'),
    waitMs: milliseconds(values, 'wait'),
    ingestBytesPerSecond:
      values['ingest-rate'] === undefined ? undefined : byteSize(values['ingest-rate'], '--ingest-rate'),
    ingestForMs: milliseconds(values, 'ingest-for'),
    ownTenant,
    probeLimits: values['probe-limits'],
    queryRuns: positiveInteger(values['query-runs'], '--query-runs', 1),
    queryP99Ms: milliseconds(values, 'p99'),
    queryVolumeBytes: byteSize(values['query-volume'], '--query-volume'),
    oldTenant: values['old-tenant'],
    settleMs: milliseconds(values, 'settle'),
  };
}

function milliseconds(
  values: Values,
  name: 'fresh' | 'wait' | 'p99' | 'ingest-for' | 'settle' | 'budget-time',
): number {
  return Number(parseDurationNs(values[name], `--${name}`) / 1_000_000n);
}

function byteSize(text: string, option: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined || bytes === 0) throw new UsageError(`${option}: '${text}' is not a size like 20MB`);
  return bytes;
}
