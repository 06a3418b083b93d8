import { parse, print } from '@cordwood/logql';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { ruleQuery } from '../../cli/server-ruler.ts';
import { type LokiConfig, parseLokiConfig } from '../../config/loki-config.ts';
import { parseOverrides } from '../../config/overrides.ts';
import type { LimitsFor } from '../../model/limits.ts';
import type { LogMessage } from '../../model/log-message.ts';
import { createEngine, type Engine } from '../../query/engine.ts';
import { compileSelector } from '../../query/stream-matchers.ts';
import { createAlertTemplates } from '../../rules/alert-template.ts';
import { createDirectoryRuleStore } from '../../rules/directory-rule-store.ts';
import { createRuler, type Ruler } from '../../rules/ruler.ts';
import { openStore, type Store } from '../../store/store.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import type { ApiOptions } from '../api-context.ts';
import { type DeleteRequests, openDeleteRequests } from '../deletes/delete-requests.ts';
import { hideDeleted } from '../deletes/hide-deleted.ts';
import { DeleteProcessing } from '../deletes/process-deletes.ts';
import { createApi } from '../server.ts';

/** The API over the real store, engine and ruler; only disk and clock are simulated. */
export interface TestApi extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly engine: Engine;
  readonly config: LokiConfig;
  readonly limitsFor: LimitsFor;
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  readonly ruler: Ruler;
  readonly deletes: DeleteRequests;
  /** What was logged as a warning or worse. */
  readonly complaints: string[];
  get(url: string, headers?: Record<string, string>): Promise<TestAnswer>;
  send(request: InjectOptions): Promise<TestAnswer>;
  /** Pushes one line a millisecond from `nowNs` on as JSON. */
  pushLines(labels: Record<string, string>, lines: readonly string[], tenant?: string): Promise<TestAnswer>;
}

export interface TestAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly json: () => never;
}

export const nowNs = 1_795_136_400_000_000_000n;

const minimalConfig = `
schema_config: {configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {period: 24h}}]}
ruler_storage: {backend: filesystem, filesystem: {dir: /rules}}
`;

export interface TestApiOptions {
  /** Appended to a minimal `loki.yaml`, or instead of it when it has its own `schema_config`. */
  readonly config?: string;
  readonly overrides?: string;
  /** When the clock starts; an hour after `nowNs` by default. */
  readonly clockNs?: bigint;
  readonly api?: Partial<ApiOptions>;
  /** With the data of an earlier one that was closed. */
  readonly disk?: SimulatedDisk;
}

export async function openTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const text = options.config?.includes('schema_config') ? options.config : minimalConfig + (options.config ?? '');
  const { config, diagnostics } = parseLokiConfig(text, { file: 'loki.yaml' });
  if (config === undefined) throw new Error(JSON.stringify(diagnostics));
  const parsed = parseOverrides(options.overrides ?? '', { file: 'overrides.yaml', defaults: config.limitsValue });
  if (parsed.overrides === undefined) throw new Error(JSON.stringify(parsed.diagnostics));
  const { overrides } = parsed;
  const limitsFor: ApiOptions['limitsFor'] = (tenant) => overrides.get(tenant) ?? config.limits;
  const clock = new SimulatedClock(options.clockNs ?? nowNs + 3_600_000_000_000n);
  const disk = options.disk ?? new SimulatedDisk({ seed: 1 });
  const complaints: string[] = [];
  const log: LogMessage = (level, message, fields) => {
    if (level === 'warn' || level === 'error') complaints.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const store = await openStore({
    disk,
    directory: '/data',
    clock,
    limitsFor,
    compileSelector: (selector) => {
      const { expression } = parse(selector);
      if (expression?.kind !== 'log') throw new Error(`no selector: ${selector}`);
      return compileSelector(expression.selector.matchers);
    },
    log,
    settings: {
      maxChunkAgeMs: config.ingester.maxChunkAgeMs,
      chunkIdlePeriodMs: config.ingester.chunkIdlePeriodMs,
      retentionEnabled: config.compactor.retentionEnabled,
    },
  });
  const deletes = await openDeleteRequests({ disk, path: '/data-deletes/requests.json', clock });
  const deleteProcessing = new DeleteProcessing({
    store,
    deletes,
    limitsFor,
    clock,
    cancelPeriodMs: config.compactor.deleteRequestCancelPeriodMs,
    intervalMs: config.compactor.compactionIntervalMs,
    log,
  });
  if (config.compactor.retentionEnabled) deleteProcessing.start();
  const engine = createEngine({ select: hideDeleted(store.select, deletes, limitsFor), clock, limitsFor });
  const templates = createAlertTemplates({ externalUrl: '', externalLabels: {} });
  const checks = { expressionError: (query: string) => parse(query).error, templateError: templates.check };
  const ruler = createRuler({
    store: createDirectoryRuleStore(disk, '/rules', checks),
    query: ruleQuery(engine),
    expand: templates.expand,
    printExpression: (query) => print(parse(query).expression!),
    notify: () => {},
    record: () => {},
    stateFile: undefined,
    clock,
    log,
    evaluationIntervalMs: config.ruler.evaluationIntervalMs,
    pollIntervalMs: config.ruler.pollIntervalMs,
    resendDelayMs: config.ruler.resendDelayMs,
  });
  const app = createApi({
    store,
    engine,
    ruler,
    deletes,
    deleteProcessing,
    ruleChecks: checks,
    config,
    limitsFor,
    clock,
    log,
    ...options.api,
  });
  await app.ready();

  async function send(request: InjectOptions): Promise<TestAnswer> {
    const answer = await app.inject(request);
    return {
      status: answer.statusCode,
      text: answer.payload,
      body: answer.rawPayload,
      headers: answer.headers,
      json: () => JSON.parse(answer.payload) as never,
    };
  }

  return {
    app,
    store,
    engine,
    config,
    limitsFor,
    clock,
    disk,
    ruler,
    deletes,
    complaints,
    send,
    get: (url, headers = { 'x-scope-orgid': 'a' }) => send({ method: 'GET', url, headers }),
    pushLines(labels, lines, tenant = 'a') {
      const values = lines.map((line, i) => [String(nowNs + BigInt(i) * 1_000_000n), line]);
      return send({
        method: 'POST',
        url: '/loki/api/v1/push',
        headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
        payload: JSON.stringify({ streams: [{ stream: labels, values }] }),
      });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await ruler.stop();
      await deleteProcessing.stop();
      await store.close();
    },
  };
}
