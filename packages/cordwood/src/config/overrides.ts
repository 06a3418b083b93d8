import type { Diagnostic } from '../model/diagnostic.ts';
import type { Limits } from '../model/limits.ts';
import { checkLimits } from './check-loki-config.ts';
import { type LimitsValue, limitsOf } from './limits-config.ts';
import { readYaml } from './read-yaml.ts';
import { defaultValue, map, type Value } from './schema/field.ts';
import { limitsBlock } from './schema/limits.ts';
import { runtimeBlock } from './schema/loki.ts';

/** Limits by tenant, for those that the runtime file names. */
export type Overrides = ReadonlyMap<string, Limits>;

export interface ParseOverridesOptions {
  /** Shown in diagnostics. */
  readonly file: string;
  /** The global `limits_config`: what every tenant's entry starts from. */
  readonly defaults: LimitsValue;
  readonly otlpIndexLabels?: readonly string[];
  /** What files to the left said, when `runtime_config.file` names several: this one is read over it. */
  readonly over?: RuntimeValue;
}

/** A runtime file as it was read. */
export type RuntimeValue = Value<typeof runtimeBlock>;

export interface ParseOverridesResult {
  /** Undefined when a diagnostic is an error. */
  readonly overrides?: Overrides;
  readonly value?: RuntimeValue;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a runtime-overrides file, strictly. A tenant's entry is read over a copy of the global limits: what it does not say
 * stays, lists are replaced, maps are merged key by key.
 */
export function parseOverrides(text: string, options: ParseOverridesOptions): ParseOverridesResult {
  const overridesField = map(limitsBlock, options.defaults);
  const schema = { ...runtimeBlock, fields: { ...runtimeBlock.fields, overrides: overridesField } };
  const read = readYaml(text, options.file, schema, options.over ?? defaultValue(schema));
  const diagnostics: Diagnostic[] = [...read.diagnostics];
  const overrides = new Map<string, Limits>();
  for (const [tenant, value] of Object.entries(read.value.overrides)) {
    checkLimits(value, `overrides.${tenant}`, (path, message, hint) =>
      diagnostics.push({
        severity: 'error',
        message: `invalid override for tenant ${tenant}: ${message}`,
        file: options.file,
        ...read.placeOf(path),
        ...(hint === undefined ? {} : { hint }),
      }),
    );
    overrides.set(tenant, limitsOf(value, options.otlpIndexLabels));
  }
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { diagnostics };
  return { overrides, value: read.value as RuntimeValue, diagnostics };
}
