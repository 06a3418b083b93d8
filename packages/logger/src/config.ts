import { type AdmissionOptions, admissionProblems } from './admission.ts';
import { type FormatName, formatNames } from './formatters/formatter.ts';
import { isThreshold, type Threshold, thresholdNames } from './level.ts';
import type { Redaction, RedactionOptions } from './redaction/policy.ts';
import type { Sink } from './sinks/sink.ts';

/** How strictly calls are held to the schema. `report` also says each kind of violation once on standard error. */
export const schemaModes = ['report', 'count', 'off'] as const;
export type SchemaMode = (typeof schemaModes)[number];

/**
 * Settings as the program gives them. What is left out is taken from the environment (see `environmentVariables`), then from
 * the defaults.
 */
export interface Settings {
  /** Default: `OTEL_SERVICE_NAME`, `SERVICE_NAME`. Required from one of them. */
  readonly service?: string;
  readonly version?: string;
  /** `production`, `staging`, `development`, `test` … Default: `NODE_ENV`, then `development`. */
  readonly environment?: string;
  readonly level?: Threshold;
  /** Threshold by logger name; a name also covers the names below it: `{'greenlang.agents': 'debug'}`. */
  readonly levels?: Readonly<Record<string, Threshold>>;
  /** Default: `pretty` on a terminal, else `json`. */
  readonly format?: FormatName;
  /** Default: standard output. */
  readonly sink?: Sink;
  /** Options, a policy made by `createRedaction`, or false for none at all. Default: the default policy. */
  readonly redaction?: RedactionOptions | Redaction | false;
  /** Default: `report` in development and test, `count` elsewhere. */
  readonly schema?: SchemaMode;
  /** Sampling and rate limits by event. Default: none. */
  readonly limits?: AdmissionOptions;
  /** Flush on exit, on uncaught errors and on SIGTERM, SIGINT and SIGHUP. Default true. */
  readonly flushOnExit?: boolean;
  /**
   * A signal, e.g. `SIGUSR2`: with it everything is logged (`debug`), with the next one the configured levels hold again.
   * Default: none.
   */
  readonly levelSignal?: string;
  readonly clock?: () => number;
  readonly random?: () => number;
}

export interface ResolvedSettings {
  readonly service: string;
  readonly version: string;
  readonly environment: string;
  readonly level: Threshold;
  readonly levels: Readonly<Record<string, Threshold>>;
  readonly format: FormatName;
  readonly schema: SchemaMode;
  readonly ipAddresses: boolean;
}

/** Every variable that is read, with what it sets. The guide's table is checked against this list. */
export const environmentVariables = {
  OTEL_SERVICE_NAME: 'service',
  SERVICE_NAME: 'service, when OTEL_SERVICE_NAME is not set',
  OTEL_RESOURCE_ATTRIBUTES: 'service.name, service.version and deployment.environment.name in it',
  SERVICE_VERSION: 'version',
  ENVIRONMENT: 'environment',
  NODE_ENV: 'environment, when nothing else sets it',
  LOG_LEVEL: 'level: trace, debug, info, warn, error, fatal or silent',
  LOG_LEVELS: 'levels: name=level pairs with commas, e.g. greenlang.agents=debug,http=warn',
  LOG_FORMAT: 'format: json, logfmt or pretty',
  LOG_SCHEMA: 'schema: report, count or off',
  LOG_REDACT_IPS: 'true: IP addresses are redacted too',
} as const;

/** The settings cannot be used; `problems` has all of them. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`logger settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings, then environment, then defaults. Throws a ConfigError that lists every problem. */
export function resolveSettings(settings: Settings, environment: Environment, terminal = false): ResolvedSettings {
  const problems: string[] = [];
  const attributes = resourceAttributes(environment['OTEL_RESOURCE_ATTRIBUTES']);
  const text = (name: string) => (environment[name] === '' ? undefined : environment[name]);

  function oneOf<T extends string>(allowed: readonly T[], value: unknown, from: string, otherwise: T): T {
    if (value === undefined) return otherwise;
    const found = allowed.find((name) => name === (typeof value === 'string' ? value.toLowerCase() : value));
    if (found === undefined) problems.push(`${from}: "${String(value)}" is none of ${allowed.join(', ')}`);
    return found ?? otherwise;
  }

  function name(field: string, value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '' || value.length > 200) {
      problems.push(`${field}: a text of 1 to 200 characters is needed`);
      return '';
    }
    return value;
  }

  const service = settings.service ?? text('OTEL_SERVICE_NAME') ?? attributes['service.name'] ?? text('SERVICE_NAME');
  if (service === undefined) problems.push('service: not set; pass it to setup() or set OTEL_SERVICE_NAME');
  const stage =
    settings.environment ??
    text('ENVIRONMENT') ??
    attributes['deployment.environment.name'] ??
    attributes['deployment.environment'] ??
    text('NODE_ENV') ??
    'development';
  const levels: Record<string, Threshold> = {};
  for (const [logger, threshold] of Object.entries(parseLevels(text('LOG_LEVELS'), problems)))
    levels[logger] = threshold;
  for (const [logger, threshold] of Object.entries(settings.levels ?? {})) {
    if (isThreshold(threshold)) levels[logger] = threshold;
    else problems.push(`levels: "${String(threshold)}" of ${logger} is none of ${thresholdNames.join(', ')}`);
  }
  const ips = text('LOG_REDACT_IPS');
  if (ips !== undefined && ips !== 'true' && ips !== 'false')
    problems.push(`LOG_REDACT_IPS: "${ips}" is neither true nor false`);

  problems.push(...admissionProblems(settings.limits ?? {}));

  const resolved: ResolvedSettings = {
    service: service === undefined ? '' : name('service', service),
    version: name('version', settings.version ?? text('SERVICE_VERSION') ?? attributes['service.version'] ?? '0.0.0'),
    environment: name('environment', stage),
    level: oneOf(
      thresholdNames,
      settings.level ?? text('LOG_LEVEL'),
      settings.level === undefined ? 'LOG_LEVEL' : 'level',
      'info',
    ),
    levels,
    format: oneOf(
      formatNames,
      settings.format ?? text('LOG_FORMAT'),
      settings.format === undefined ? 'LOG_FORMAT' : 'format',
      terminal ? 'pretty' : 'json',
    ),
    schema: oneOf(
      schemaModes,
      settings.schema ?? text('LOG_SCHEMA'),
      settings.schema === undefined ? 'LOG_SCHEMA' : 'schema',
      stage === 'development' || stage === 'test' ? 'report' : 'count',
    ),
    ipAddresses: ips === 'true',
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return resolved;
}

function parseLevels(text: string | undefined, problems: string[]): Record<string, Threshold> {
  const levels: Record<string, Threshold> = {};
  for (const pair of (text ?? '').split(',')) {
    if (pair.trim() === '') continue;
    const [logger, threshold, ...rest] = pair.split('=').map((part) => part.trim());
    if (logger === undefined || logger === '' || rest.length > 0 || !isThreshold(threshold?.toLowerCase())) {
      problems.push(`LOG_LEVELS: "${pair.trim()}" is not name=level`);
    } else levels[logger] = threshold?.toLowerCase() as Threshold;
  }
  return levels;
}

/** `key=value,…` with percent-encoded values (OpenTelemetry SDK environment variables). */
function resourceAttributes(text: string | undefined): Readonly<Record<string, string | undefined>> {
  const attributes: Record<string, string> = {};
  for (const pair of (text ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    const value = pair.slice(at + 1).trim();
    try {
      attributes[pair.slice(0, at).trim()] = decodeURIComponent(value);
    } catch {
      attributes[pair.slice(0, at).trim()] = value;
    }
  }
  return attributes;
}
