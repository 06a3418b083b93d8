import { openDeleteRequests } from '../api/deletes/delete-requests.ts';
import { hideDeleted } from '../api/deletes/hide-deleted.ts';
import { routes } from '../api/registry.ts';
import type { Route } from '../api/route.ts';
import { createApi } from '../api/server.ts';
import type { LokiConfig } from '../config/loki-config.ts';
import { createEntryColumns } from '../model/entry.ts';
import { createLabels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { createEngine } from '../query/engine.ts';
import { lokiRuleChecks } from '../rules/check-rules.ts';
import { createDirectoryRuleStore } from '../rules/directory-rule-store.ts';
import { createRuler } from '../rules/ruler.ts';
import { LogStore } from '../store/log-store.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { type Failure, UnusableTest } from './case-result.ts';
import type { RuleTestOutcome } from './run-rule-test.ts';
import type { IsolationTest } from './stack-test-file.ts';

/**
 * Every tenant of the platform gets logs, labels, structured metadata and a rule that only it has, each with a marker in it. Then
 * every tenant asks every reading route of the API, the list of which is the registry of routes, a question that would find
 * everybody's. An answer may hold the marker of no tenant that the request does not name; and where a tenant does not even see
 * its own, the question proves nothing, which is a failure too.
 */
export async function runIsolationTest(
  test: IsolationTest,
  {
    limitsFor,
    config,
    tenants: configured,
  }: { limitsFor: LimitsFor; config: LokiConfig | undefined; tenants: readonly Tenant[] },
): Promise<RuleTestOutcome> {
  if (config === undefined) throw new UnusableTest('an isolation test needs loki_config');
  const tenants = test.tenants.length > 0 ? test.tenants : configured;
  if (tenants.length < 2)
    throw new UnusableTest('an isolation test needs two tenants: list them, or name the overrides');
  await using stack = await openApi(config, limitsFor, tenants);
  const failures: Failure[] = [];
  const shown = new Set<string>();
  for (const route of routes.filter(reads)) {
    const path = route.paths[0];
    for (const tenant of tenants) {
      const answer = await stack.ask(urlOf(route), tenant);
      for (const other of tenants.filter((one) => answer.includes(markerOf(one)))) {
        if (other === tenant) shown.add(path);
        else failures.push(leak(test, `${tenant} sees logs of ${other}`, path, answer));
      }
    }
    const anonymous = await stack.ask(urlOf(route), undefined);
    const seen = tenants.find((one) => anonymous.includes(markerOf(one)));
    if (seen !== undefined)
      failures.push(leak(test, `a request without a tenant sees logs of ${seen}`, path, anonymous));
  }
  for (const path of mustShow)
    if (!shown.has(path)) failures.push(leak(test, 'no tenant sees its own logs: the test proves nothing', path, ''));
  return { failures, timelines: [], diagnostics: [] };
}

/** Routes whose answers hold names, values or lines. */
const mustShow = [
  '/loki/api/v1/query',
  '/loki/api/v1/query_range',
  '/loki/api/v1/label/{name}/values',
  '/loki/api/v1/series',
  '/loki/api/v1/index/volume',
  '/loki/api/v1/detected_field/{name}/values',
  '/loki/api/v1/rules',
  '/prometheus/api/v1/rules',
];

const reads = ({ methods, tenancy, upgrade }: Route): boolean =>
  methods.includes('GET') && tenancy !== 'none' && upgrade === undefined;

function leak(test: IsolationTest, message: string, path: string, answer: string): Failure {
  const excerpt = answer.slice(0, 300);
  return {
    place: test.place,
    message: `${path}: ${message}`,
    diff: excerpt === '' ? [] : [{ sign: '+', text: excerpt }],
  };
}

/** No tenant's marker is a part of another's. */
const markerOf = (tenant: Tenant): string => `marker-${Buffer.from(tenant).toString('hex')}-end`;

const startMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;
const selector = '{marker=~".+"}';

/** A question for each parameter that reading routes have. */
const answers: Readonly<Record<string, string>> = {
  query: selector,
  'match[]': selector,
  start: String((startMs - hourMs) / 1000),
  end: String((startMs + hourMs) / 1000),
  time: String((startMs + hourMs) / 1000),
  targetLabels: 'marker',
  targetBytesPerShard: '1000000',
  limit: '1000',
  name: 'marker',
  namespace: 'rules',
  group: 'group',
};

function urlOf({ paths, parameters = [] }: Route): string {
  let [path] = paths;
  const query = new URLSearchParams();
  for (const { name, in: where } of parameters) {
    const value = answers[name];
    if (value === undefined || where === 'header') continue;
    if (where === 'path')
      path = path.replace(
        `{${name}}`,
        encodeURIComponent(name === 'name' && path.includes('detected_field') ? 'own' : value),
      );
    // An instant query of lines is refused.
    else if (name === 'query' && path === '/loki/api/v1/query')
      query.set(name, `sum by (marker) (count_over_time(${selector}[2h]))`);
    else query.set(name, value);
  }
  return `${path}?${query}`;
}

async function openApi(config: LokiConfig, limitsFor: LimitsFor, tenants: readonly Tenant[]) {
  const clock = new SimulatedClock(BigInt(startMs) * 1_000_000n);
  const disk = new SimulatedDisk({ seed: 1 });
  const log = () => {};
  const store = await LogStore.open({
    disk,
    directory: '/data',
    clock,
    limitsFor,
    compileSelector: () => () => false,
    log,
  });
  const deletes = await openDeleteRequests({ disk, path: '/deletes/requests.json', clock });
  const engine = createEngine({ select: hideDeleted(store.select, deletes, limitsFor), clock, limitsFor });
  const checks = lokiRuleChecks();
  const rules = createDirectoryRuleStore(disk, '/rules', checks);
  const ruler = createRuler({
    store: rules,
    query: async () => [],
    expand: (_name, text) => text,
    printExpression: (text) => text,
    notify: () => {},
    record: () => {},
    stateFile: undefined,
    clock,
    log,
    evaluationIntervalMs: config.ruler.evaluationIntervalMs,
    pollIntervalMs: config.ruler.pollIntervalMs,
    resendDelayMs: config.ruler.resendDelayMs,
  });
  for (const tenant of tenants) {
    const marker = markerOf(tenant);
    const entries = createEntryColumns([
      {
        timestampNs: BigInt(startMs) * 1_000_000n,
        line: JSON.stringify({ own: marker }),
        structuredMetadata: createLabels({ request_id: marker }),
      },
    ]);
    const { status, message } = await store.push(tenant, [{ labels: createLabels({ marker }), entries }], {
      format: 'protobuf',
    });
    if (status >= 300) throw new UnusableTest(`${tenant} takes no line: ${message}`);
    const rule = {
      kind: 'alerting',
      name: 'Own',
      expression: `absent_over_time({marker="${marker}"}[5m])`,
      forMs: 0,
      labels: {},
      annotations: {},
    } as const;
    await rules.write!.setGroup(tenant, 'rules', { name: 'group', intervalMs: 0, limit: 0, rules: [rule] });
  }
  await ruler.reload();
  const app = createApi({ store, engine, ruler, deletes, ruleChecks: checks, config, limitsFor, clock, log });
  await app.ready();
  return {
    async ask(url: string, tenant: Tenant | undefined): Promise<string> {
      const headers = tenant === undefined ? {} : { 'x-scope-orgid': tenant };
      return (await app.inject({ method: 'GET', url, headers })).payload;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await ruler.stop();
      await store.close();
    },
  };
}
