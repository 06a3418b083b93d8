import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@cordwood/logql';
import type { ApiOptions } from '../api/api-context.ts';
import { openDeleteRequests } from '../api/deletes/delete-requests.ts';
import { hideDeleted } from '../api/deletes/hide-deleted.ts';
import { DeleteProcessing } from '../api/deletes/process-deletes.ts';
import { createApiMetrics } from '../api/metrics.ts';
import type { OtlpGrpcServer } from '../api/otlp-grpc.ts';
import { createApi } from '../api/server.ts';
import { createPooledEngine } from '../api/workers/pooled-engine.ts';
import { type LokiConfig, parseLokiConfig } from '../config/loki-config.ts';
import { type TenantLimits, watchOverrides } from '../config/watch-overrides.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { RequestError } from '../model/failure.ts';
import type { Limits } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import { createEngine } from '../query/engine.ts';
import { compileSelector } from '../query/stream-matchers.ts';
import type { Ruler } from '../rules/ruler.ts';
import { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from '../world/system-clock.ts';
import { systemDisk } from '../world/system-disk.ts';
import { ConfigError } from './config-error.ts';
import { openBucket } from './open-bucket.ts';
import { createServerRuler, engineQueries } from './server-ruler.ts';

/**
 * Store, API, ruler and page in this process, as a `loki.yaml` says. The port is bound before anything else is opened, so that two
 * processes on one machine are told apart by the cheapest sign; `/ready` answers 503 until the store has recovered.
 */
export interface RunningServer {
  readonly config: LokiConfig;
  /** `http://127.0.0.1:3100` */
  readonly url: string;
  readonly dataDirectory: string;
  /** Where chunks are published to. */
  readonly bucketName: string | undefined;
  readonly store: Store;
  readonly ruler: Ruler | undefined;
  readonly limits: TenantLimits;
  /** Settings that Cordwood accepts and does not act on, broken rule files. */
  readonly warnings: readonly Diagnostic[];
  /** Resolves when somebody asked for the end of the process through the API. */
  readonly terminated: Promise<void>;
  /** Answers what is under way, seals and syncs, and frees the folder. */
  stop(): Promise<void>;
}

export interface RunServerOptions {
  readonly configFile: string;
  readonly expandEnv: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Instead of what the file says. */
  readonly port?: number | undefined;
  readonly dataDirectory?: string | undefined;
  /** Keep chunks in the data folder only, although the file names an object store. */
  readonly localStorage?: boolean | undefined;
  /** Loki itself takes OTLP over HTTP only, so without it there is no such port. */
  readonly otlpGrpcPort?: number | undefined;
  /** Threads for heavy queries; 0: none. By default as many as the machine has processors, at most querier.max_concurrent. */
  readonly queryWorkers?: number | undefined;
  readonly log?: LogMessage;
  /** Pages of what else runs in this process, such as the agent. */
  readonly morePages?: ApiOptions['morePages'];
  createLog?(config: LokiConfig): LogMessage;
}

export async function runServer(options: RunServerOptions): Promise<RunningServer> {
  const { config, diagnostics } = readLokiConfig(options);
  const log = options.log ?? options.createLog!(config);
  const limits = await readLimits(config, log);
  const dataDirectory = resolve(options.dataDirectory ?? dataDirectoryOf(config));

  const metrics = createApiMetrics();
  const bucket = options.localStorage === true ? undefined : await openBucket(config, systemClock, metrics);
  const store = await LogStore.open({
    ...(bucket === undefined ? {} : { objects: bucket.objects }),
    disk: systemDisk,
    directory: join(dataDirectory, 'store'),
    clock: systemClock,
    limitsFor: limits.limits.limitsFor,
    compileSelector: compileSelectorText,
    log,
    settings: {
      maxChunkAgeMs: config.ingester.maxChunkAgeMs,
      chunkIdlePeriodMs: config.ingester.chunkIdlePeriodMs,
      flushCheckPeriodMs: config.ingester.flushCheckPeriodMs,
      maxReturnedErrors: config.ingester.maxReturnedStreamErrors,
      walDiskFullThreshold: config.ingester.walDiskFullThreshold,
      retentionEnabled: config.compactor.retentionEnabled,
      compactionIntervalMs: config.compactor.compactionIntervalMs,
      applyRetentionIntervalMs: config.compactor.applyRetentionIntervalMs,
    },
  });
  const { limitsFor } = limits.limits;
  const deletes = await openDeleteRequests({
    disk: systemDisk,
    path: join(dataDirectory, 'deletes', 'requests.json'),
    clock: systemClock,
    objects: bucket?.objects,
  });
  const deleteProcessing = new DeleteProcessing({
    store,
    deletes,
    limitsFor,
    clock: systemClock,
    cancelPeriodMs: config.compactor.deleteRequestCancelPeriodMs,
    intervalMs: config.compactor.compactionIntervalMs,
    log,
  });
  const engine = createPooledEngine({
    engine: createEngine({ select: hideDeleted(store.select, deletes, limitsFor), clock: systemClock, limitsFor }),
    store,
    deletes,
    limitsFor,
    clock: systemClock,
    log,
    workers: options.queryWorkers ?? Math.min(config.querier.maxConcurrent, availableParallelism()),
  });
  const ruler = createServerRuler({
    config,
    dataDirectory,
    queries: engineQueries(engine),
    limitsFor: limits.limits.limitsFor,
    log,
  });
  let notReady: string | undefined = 'Application is starting';
  const { httpTls } = config.server;
  const webDirectory = pageDirectory();
  const terminated = Promise.withResolvers<void>();
  const api = createApi({
    store,
    engine,
    ruler: ruler?.ruler,
    deletes,
    deleteProcessing,
    ...(ruler === undefined ? {} : { ruleChecks: ruler.checks }),
    config,
    limitsFor: limits.limits.limitsFor,
    clock: systemClock,
    log,
    metrics,
    overridesStatus: () => limits.limits.status,
    configuredTenants: () => limits.limits.tenants(),
    notReady: () => notReady,
    terminate: terminated.resolve,
    ...(webDirectory === undefined ? {} : { webDirectory }),
    ...(options.morePages === undefined ? {} : { morePages: options.morePages }),
    ...(httpTls === undefined ? {} : { tls: readTls(httpTls) }),
  });
  const host = config.server.httpListenAddress || '0.0.0.0';
  const port = options.port ?? config.server.httpListenPort;
  let otlpGrpc: OtlpGrpcServer | undefined;
  try {
    await api.listen({ host, port });
    if (options.otlpGrpcPort !== undefined) {
      // The library is large, so it is loaded by those who listen.
      const { createOtlpGrpcServer } = await import('../api/otlp-grpc.ts');
      otlpGrpc = createOtlpGrpcServer({ store, limitsFor, clock: systemClock, log, config, metrics });
      await otlpGrpc.listen(`${host}:${options.otlpGrpcPort}`);
    }
    await ruler?.start();
    if (config.compactor.retentionEnabled) deleteProcessing.start();
  } catch (error) {
    await api.close();
    await otlpGrpc?.stop(0);
    limits.limits.stop();
    await engine.close();
    await store.close();
    throw listenFailure(error as NodeJS.ErrnoException, host, port, options.configFile);
  }
  notReady = undefined;
  const address = api.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    config,
    url: `${httpTls === undefined ? 'http' : 'https'}://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${boundPort}`,
    dataDirectory,
    bucketName: bucket?.name,
    store,
    ruler: ruler?.ruler,
    limits: limits.limits,
    terminated: terminated.promise,
    warnings: [...diagnostics, ...limits.diagnostics, ...(ruler?.ruler.diagnostics() ?? [])],
    async stop() {
      notReady = 'Application is stopping';
      limits.limits.stop();
      await ruler?.stop();
      await otlpGrpc?.stop(grpcStopTimeoutMs);
      api.server.closeAllConnections();
      await api.close();
      await engine.close();
      await deleteProcessing.stop();
      await store.close();
      bucket?.close();
    },
  };
}

/** Reads and checks a `loki.yaml`. */
export function readLokiConfig({
  configFile,
  expandEnv,
  env,
}: Pick<RunServerOptions, 'configFile' | 'expandEnv' | 'env'>) {
  const source = readConfigText(configFile);
  const { config, diagnostics } = parseLokiConfig(source, { file: configFile, expandEnv, env });
  if (config === undefined) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    throw new ConfigError(
      `${configFile} cannot be used`,
      errors.map((diagnostic) => ({ diagnostic, source })),
    );
  }
  return { config, diagnostics, source };
}

export function readConfigText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new ConfigError(`${file}: ${reason}. --config names the file to use.`);
  }
}

async function readLimits(config: LokiConfig, log: LogMessage) {
  const { limits, diagnostics } = await watchOverrides({
    config,
    readFile: (file) => readFile(file),
    clock: systemClock,
    log,
  });
  if (limits === undefined) {
    throw new ConfigError(
      'the runtime overrides cannot be used',
      diagnostics
        .filter(({ severity }) => severity === 'error')
        .map((diagnostic) => ({
          diagnostic,
          source: diagnostic.file && existsSync(diagnostic.file) ? readFileSync(diagnostic.file, 'utf8') : undefined,
        })),
    );
  }
  checkSelectors('limits_config', config.limits);
  for (const tenant of limits.tenants()) checkSelectors(`overrides.${tenant}`, limits.limitsFor(tenant as Tenant));
  return { limits, diagnostics };
}

/** Selectors in limits are LogQL, which `config` does not read; Loki does not start with a broken one either. */
function checkSelectors(path: string, { retentionStream, policyStreamMapping }: Limits): void {
  const selectors = [...retentionStream, ...Object.values(policyStreamMapping).flat()].map(({ selector }) => selector);
  for (const selector of selectors) {
    try {
      compileSelectorText(selector);
    } catch (error) {
      throw new ConfigError(`${path}: the selector ${selector} cannot be read: ${(error as Error).message}`);
    }
  }
}

/** Everything lies under common.path_prefix; without it beside the chunks. */
function dataDirectoryOf(config: LokiConfig): string {
  if (config.pathPrefix !== '') return config.pathPrefix;
  return config.storage.chunksDirectory === '' ? 'data' : dirname(config.storage.chunksDirectory);
}

function readTls(tls: NonNullable<LokiConfig['server']['httpTls']>) {
  const content = (text: string, file: string) => (text === '' ? readConfigText(file) : text);
  const clientCa = tls.clientCa !== '' || tls.clientCaFile !== '' ? content(tls.clientCa, tls.clientCaFile) : undefined;
  return {
    cert: content(tls.cert, tls.certFile),
    key: content(tls.key, tls.keyFile),
    ...(clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: tls.clientAuthType === 'RequireAndVerifyClientCert' }),
  };
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number, configFile: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `port ${port} on ${host} is taken by another process. Stop that one, or use another port: --port N, or server.http_listen_port in ${configFile}.`,
      );
    case 'EACCES':
      return new ConfigError(
        `port ${port} on ${host} needs more rights than this process has. Use a port from 1024 on: --port N.`,
      );
    case 'EADDRNOTAVAIL':
      return new ConfigError(`${host} is no address of this machine: server.http_listen_address in ${configFile}.`);
    default:
      return error;
  }
}

function compileSelectorText(text: string) {
  const { expression, error } = parse(text, { allowEmptySelector: true });
  if (error !== undefined || expression.kind !== 'log')
    throw new RequestError(400, error?.message ?? `${text} is no stream selector`);
  return compileSelector(expression.selector.matchers);
}

const grpcStopTimeoutMs = 1000;

/** The built page: a folder of the published package; in the repository where `packages/web` builds it. Undefined: not built. */
function pageDirectory(): string | undefined {
  return ['../../web', '../../../web/dist']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((directory) => existsSync(join(directory, 'index.html')));
}
