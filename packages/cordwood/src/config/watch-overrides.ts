import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type Diagnostic, renderDiagnostic } from '../model/diagnostic.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import { every } from '../world/clock.ts';
import type { LokiConfig } from './loki-config.ts';
import { type Overrides, parseOverrides, type RuntimeValue } from './overrides.ts';

/** The limits of every tenant, kept up to date with the runtime files. */
export interface TenantLimits {
  readonly limitsFor: LimitsFor;
  /** Tenants that the runtime files name. */
  tenants(): readonly string[];
  readonly status: OverridesStatus;
  /** Reads the files again now; false when the values from before stay. */
  reload(): Promise<boolean>;
  stop(): void;
}

/** For `loki_runtime_config_*` and the page. */
export interface OverridesStatus {
  /** False while the files on disk are broken and earlier values hold. */
  readonly lastReloadSuccessful: boolean;
  /** SHA-256 of the content whose values hold, hexadecimal; '' without runtime files. */
  readonly sha256: string;
}

export interface WatchOverridesOptions {
  readonly config: Pick<LokiConfig, 'limits' | 'limitsValue' | 'runtimeConfig' | 'distributor'>;
  readonly readFile: (file: string) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly log: LogMessage;
}

export type WatchOverridesResult =
  | { readonly limits: TenantLimits; readonly diagnostics: readonly Diagnostic[] }
  | { readonly limits?: undefined; readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads the runtime files and polls them every `runtime_config.period`. Broken files at the start are the caller's to report
 * (no `limits`); later they are logged, and the values from before stay.
 */
export async function watchOverrides(options: WatchOverridesOptions): Promise<WatchOverridesResult> {
  const { config, clock, log } = options;
  const first = await load(options);
  if (first.overrides === undefined) return { diagnostics: first.diagnostics };
  let overrides: Overrides = first.overrides;
  let sha256 = first.sha256;
  let successful = true;
  let reported = '';

  async function reload(): Promise<boolean> {
    const next = await load(options, sha256);
    successful = next.unchanged || next.overrides !== undefined;
    if (next.unchanged) {
      reported = '';
    } else if (next.overrides === undefined) {
      const text = next.diagnostics
        .filter((diagnostic) => diagnostic.severity === 'error')
        .map((diagnostic) => renderDiagnostic(diagnostic))
        .join('\n');
      // The same mistake is said once, not every ten seconds.
      if (text !== reported) log('error', `runtime overrides were not reloaded, earlier values stay\n${text}`);
      reported = text;
    } else {
      overrides = next.overrides;
      sha256 = next.sha256;
      reported = '';
      log('info', 'runtime overrides reloaded', { tenants: overrides.size });
    }
    return successful;
  }

  const stop =
    config.runtimeConfig.files.length === 0
      ? () => {}
      : every(clock, Math.max(config.runtimeConfig.periodMs, pollPeriodMinMs), async () => void (await reload()));
  const limits: TenantLimits = {
    limitsFor: (tenant) => overrides.get(tenant) ?? config.limits,
    tenants: () => [...overrides.keys()],
    get status() {
      return { lastReloadSuccessful: successful, sha256 };
    },
    reload,
    stop,
  };
  return { limits, diagnostics: first.diagnostics };
}

/** However short the period: polling must not become a loop. */
const pollPeriodMinMs = 100;

interface Loaded {
  readonly overrides?: ReadonlyMap<string, Limits>;
  readonly sha256: string;
  readonly unchanged: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

async function load(options: WatchOverridesOptions, knownSha256?: string): Promise<Loaded> {
  const { config, readFile } = options;
  const { files } = config.runtimeConfig;
  if (files.length === 0) return { overrides: new Map(), sha256: '', unchanged: false, diagnostics: [] };
  const texts: string[] = [];
  for (const file of files) {
    try {
      const bytes = await readFile(file);
      texts.push(
        new TextDecoder().decode(
          file.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: unpackedMaxBytes }) : bytes,
        ),
      );
    } catch (error) {
      return { sha256: '', unchanged: false, diagnostics: [unreadable(file, error)] };
    }
  }
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  const sha256 = hash.digest('hex');
  if (sha256 === knownSha256) return { sha256, unchanged: true, diagnostics: [] };

  const diagnostics: Diagnostic[] = [];
  let over: RuntimeValue | undefined;
  let overrides: Overrides | undefined;
  for (const [i, text] of texts.entries()) {
    const parsed = parseOverrides(text, {
      file: files[i]!,
      defaults: config.limitsValue,
      otlpIndexLabels: config.distributor.otlpIndexLabels,
      ...(over === undefined ? {} : { over }),
    });
    diagnostics.push(...parsed.diagnostics);
    if (parsed.overrides === undefined) return { sha256, unchanged: false, diagnostics };
    overrides = parsed.overrides;
    over = parsed.value;
  }
  return { overrides: overrides!, sha256, unchanged: false, diagnostics };
}

const unpackedMaxBytes = 64 * 1024 * 1024;

function unreadable(file: string, error: unknown): Diagnostic {
  return {
    severity: 'error',
    message: `cannot read the runtime file: ${error instanceof Error ? error.message : String(error)}`,
    file,
    line: 1,
    column: 1,
    hint: 'runtime_config.file in loki.yaml names it; relative paths start at the working folder',
  };
}
