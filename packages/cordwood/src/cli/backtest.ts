import type { LokiTarget } from '../client/loki-client.ts';
import { parseTenant } from '../model/tenant.ts';
import { lokiRuleChecks } from '../rules/check-rules.ts';
import { readRules } from '../rules/local-rule-store.ts';
import type { RuleGroup } from '../rules/rule-group.ts';
import { systemClock } from '../world/system-clock.ts';
import { exitCode, type OptionSpecs, type OptionValues, UsageError } from './command.ts';
import { ConfigError } from './config-error.ts';
import { lokiOptions } from './loki-options.ts';
import { readSource } from './read-source.ts';
import { readRuleSources } from './rule-files.ts';
import type { Terminal } from './terminal.ts';
import { parseDurationNs, parseTimeNs } from './time-options.ts';

/** Options of `cordwood test` that run rule files over logs of the past instead of test files. */
export const backtestOptions = {
  replay: { type: 'string', value: 'FILE', describe: 'run rule files over these logs (cordwood query -o jsonl)' },
  since: { type: 'string', value: 'DURATION', describe: 'run rule files over the logs of --url, back from --to' },
  to: { type: 'string', value: 'TIME', describe: 'end of --since; default now' },
  tenant: lokiOptions.tenant,
  username: lokiOptions.username,
  password: lokiOptions.password,
  'bearer-token': lokiOptions['bearer-token'],
} as const satisfies OptionSpecs;

type Options = OptionValues<typeof backtestOptions> & { readonly url: string | undefined; readonly format: string };

export const isBacktest = (options: Options): boolean => options.replay !== undefined || options.since !== undefined;

export function lokiTarget(options: Options, url: string): Omit<LokiTarget, 'tenant'> {
  return { url, username: options.username, password: options.password, bearerToken: options['bearer-token'] };
}

/** Loki's own default. */
const evaluationIntervalMs = 60_000;

export async function runBacktest(
  paths: readonly string[],
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (options.replay !== undefined && options.since !== undefined)
    throw new UsageError('--replay and --since exclude each other');
  if (options.format !== 'human' && options.format !== 'json')
    throw new UsageError(`--format is human or json here, not '${options.format}'`);
  const { backtestLoki, backtestRecording } = await import('../proof/backtest.ts');
  const { humanBacktest, jsonBacktest } = await import('../proof/reports/backtest.ts');
  const parsed = parseTenant(options.tenant ?? 'fake');
  if (!('tenant' in parsed)) throw new UsageError(`--tenant: ${parsed.error}`);
  const settings = { groups: readGroups(paths), tenant: parsed.tenant, evaluationIntervalMs, signal };
  const backtest =
    options.replay === undefined
      ? await backtestLoki(await clientOf(options), rangeOf(options), settings)
      : await backtestRecording(await readRecording(options.replay), settings);
  await terminal.out(options.format === 'json' ? jsonBacktest(backtest) : humanBacktest(backtest, terminal.styleOut));
  return backtest.failures.length > 0 ? exitCode.failed : exitCode.ok;
}

async function clientOf(options: Options) {
  const { createLokiClient } = await import('../client/loki-client.ts');
  if (options.url === undefined) throw new UsageError('--since needs --url');
  return createLokiClient({ ...lokiTarget(options, options.url), tenant: options.tenant });
}

function rangeOf({ since, to }: Options): { startMs: number; endMs: number } {
  const endNs = to === undefined ? systemClock.nowNs() : parseTimeNs(to, '--to');
  const startNs = endNs - parseDurationNs(since!, '--since');
  return { startMs: Number(startNs / 1_000_000n), endMs: Number(endNs / 1_000_000n) };
}

async function readRecording(path: string) {
  const { readRecordedLines } = await import('../proof/recorded-lines.ts');
  const { text } = readSource(path);
  const { lines, diagnostics } = readRecordedLines(text, path);
  if (diagnostics.length > 0)
    throw new ConfigError(
      '',
      diagnostics.map((diagnostic) => ({ diagnostic, source: text })),
    );
  return lines;
}

function readGroups(paths: readonly string[]): RuleGroup[] {
  const checks = lokiRuleChecks();
  return readRuleSources(paths).flatMap(({ file, text }) => {
    const { groups, diagnostics } = readRules(text, file, checks);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0)
      throw new ConfigError(
        '',
        errors.map((diagnostic) => ({ diagnostic, source: text })),
      );
    return groups;
  });
}
