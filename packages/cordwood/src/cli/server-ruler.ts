import { join } from 'node:path';
import { parse, print } from '@cordwood/logql';
import type { LokiConfig } from '../config/loki-config.ts';
import { RequestError } from '../model/failure.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Engine } from '../query/engine.ts';
import { createAlertStateFile } from '../rules/alert-state-file.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import { createAlertmanagerNotifier, exploreLink } from '../rules/alertmanager-notifier.ts';
import { parseAlertmanagerSettings } from '../rules/alertmanager-settings.ts';
import { lokiRuleChecks } from '../rules/check-rules.ts';
import { createDirectoryRuleStore } from '../rules/directory-rule-store.ts';
import { createLocalRuleStore } from '../rules/local-rule-store.ts';
import { createRemoteWrite } from '../rules/remote-write.ts';
import { createRuler, type QueryFunction, type Ruler } from '../rules/ruler.ts';
import type { QueryLines } from '../rules/sample-lines.ts';
import { createTenantSettings } from '../rules/tenant-settings.ts';
import type { RuleChecks } from '../rules/validate-rule-group.ts';
import { systemClock } from '../world/system-clock.ts';
import { systemDisk } from '../world/system-disk.ts';
import { ConfigError } from './config-error.ts';

/** How long a stopping process tries to hand over what alerts and samples wait. Samples are on disk by then, alerts come again. */
const stopTimeoutMs = 1000;

export interface ServerRuler {
  readonly ruler: Ruler;
  readonly checks: RuleChecks;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerRulerOptions {
  readonly config: LokiConfig;
  readonly dataDirectory: string;
  readonly queries: RuleQueries;
  readonly limitsFor: LimitsFor;
  readonly log: LogMessage;
}

/** What rules ask: of the engine in this process, or of any Loki. */
export interface RuleQueries {
  readonly samples: QueryFunction;
  readonly lines: QueryLines;
}

/** The ruler as `ruler:` of loki.yaml describes it; undefined when there is none. */
export function createServerRuler({
  config,
  dataDirectory,
  queries,
  limitsFor,
  log,
}: ServerRulerOptions): ServerRuler | undefined {
  const settings = config.ruler;
  if (settings.storage === 'none' || settings.storage === 'object') return undefined;
  const { externalUrl, externalLabels, datasourceUid } = settings;
  const templates = createAlertTemplates({ externalUrl, externalLabels, lines: true });
  const checks = lokiRuleChecks({ lines: true });
  const tenantSettings = createTenantSettings({ remoteWrite: settings.remoteWrite, limitsFor, log });
  if (tenantSettings.problems.length > 0)
    throw new ConfigError(`ruler.remote_write: ${tenantSettings.problems.join('; ')}`);
  const notifier = createAlertmanagerNotifier({
    ...alertmanagerSettings(config),
    settingsFor: tenantSettings.alertmanagerFor,
    externalLabels,
    externalUrl,
    datasourceUid,
    disk: systemDisk,
    clock: systemClock,
    log,
  });
  const remoteWrite = createRemoteWrite({
    directory: join(dataDirectory, 'ruler-wal'),
    clientsFor: tenantSettings.clientsFor,
    addOrgIdHeader: settings.remoteWrite.addOrgIdHeader,
    disk: systemDisk,
    clock: systemClock,
    log,
  });
  const createStore = settings.storage === 'local' ? createLocalRuleStore : createDirectoryRuleStore;
  const ruler = createRuler({
    store: createStore(systemDisk, settings.directory, checks),
    query: queries.samples,
    queryLines: queries.lines,
    exploreLink: (query) => exploreLink({ externalUrl, datasourceUid }, query),
    expand: templates.expand,
    printExpression: (text) => {
      const { expression } = parse(text);
      return expression === undefined ? text : print(expression);
    },
    notify: notifier.notify,
    record: remoteWrite.write,
    stateFile: createAlertStateFile(
      systemDisk,
      join(dataDirectory, 'alerts.json'),
      systemClock,
      log,
      settings.forOutageToleranceMs,
    ),
    clock: systemClock,
    log,
    evaluationIntervalMs: settings.evaluationIntervalMs,
    pollIntervalMs: settings.pollIntervalMs,
    resendDelayMs: settings.resendDelayMs,
    runsTenant: (tenant) =>
      !settings.disabledTenants.includes(tenant) &&
      (settings.enabledTenants.length === 0 || settings.enabledTenants.includes(tenant)),
  });
  return {
    ruler,
    checks,
    async start() {
      await remoteWrite.open();
      await ruler.start();
    },
    async stop() {
      await ruler.stop();
      await Promise.all([notifier.stop(stopTimeoutMs), remoteWrite.stop(stopTimeoutMs)]);
    },
  };
}

/** The flat keys of `ruler:` in the shape of a tenant's `ruler_alertmanager_config`, so that one reader serves both. */
function alertmanagerSettings({ ruler }: LokiConfig) {
  const { basicAuthUsername, basicAuthPassword, type, credentials, credentialsFile } = ruler.alertmanagerClient;
  const { settings, problems } = parseAlertmanagerSettings({
    alertmanager_url: ruler.alertmanagerUrls.join(','),
    enable_alertmanager_discovery: ruler.enableAlertmanagerDiscovery,
    alert_relabel_configs: ruler.alertRelabelConfigs,
    notification_queue_capacity: ruler.notificationQueueCapacity,
    notification_timeout: `${ruler.notificationTimeoutMs}ms`,
    alertmanager_client: {
      basic_auth_username: basicAuthUsername,
      basic_auth_password: basicAuthPassword,
      type,
      credentials,
      credentials_file: credentialsFile,
    },
  });
  if (settings === undefined)
    throw new ConfigError(problems.map((problem) => problem.replace('ruler_alertmanager_config', 'ruler')).join('; '));
  return settings;
}

/** A rule's expression as an instant query of its tenant. */
export function ruleQuery(engine: Engine): QueryFunction {
  return async (tenant: Tenant, text, timeMs, signal) => {
    const { expression, error } = parse(text);
    if (error !== undefined) throw new RequestError(400, error.message);
    if (expression.kind === 'log') throw new RequestError(400, 'rule result is not a vector or scalar');
    const timeNs = BigInt(timeMs) * 1_000_000n;
    const result = await engine.run({
      tenants: [tenant],
      expression,
      kind: 'instant',
      startNs: timeNs,
      endNs: timeNs,
      stepNs: 0n,
      intervalNs: 0n,
      limit: 0,
      direction: 'forward',
      signal,
    });
    if (result.kind === 'scalar') return [{ labels: [], value: result.value }];
    if (result.kind !== 'vector') throw new RequestError(400, 'rule result is not a vector or scalar');
    return result.samples;
  };
}

/** The newest lines of a log query, for `$lines`. */
function ruleLines(engine: Engine): QueryLines {
  return async (tenant, text, { startMs, endMs, limit }, signal) => {
    const { expression } = parse(text);
    if (expression?.kind !== 'log') return [];
    const result = await engine.run({
      tenants: [tenant],
      expression,
      kind: 'range',
      startNs: BigInt(Math.round(startMs * 1e6)) + 1n,
      // The end of a log query is exclusive.
      endNs: BigInt(Math.round(endMs * 1e6)) + 1n,
      stepNs: 0n,
      intervalNs: 0n,
      limit,
      direction: 'backward',
      signal,
    });
    if (result.kind !== 'streams') return [];
    return result.streams
      .flatMap(({ entries }) => entries)
      .sort((a, b) => (a.timestampNs > b.timestampNs ? -1 : a.timestampNs < b.timestampNs ? 1 : 0))
      .map(({ line }) => line);
  };
}

export function engineQueries(engine: Engine): RuleQueries {
  return { samples: ruleQuery(engine), lines: ruleLines(engine) };
}
