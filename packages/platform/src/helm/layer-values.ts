import { isDeepStrictEqual } from 'node:util';
import type { Values } from './loki-values.ts';

export interface LayeredValues {
  /** What all have in common: `values.yaml`. */
  readonly base: Values;
  /** What each adds, by name: `values-<name>.yaml`. */
  readonly overlays: ReadonlyMap<string, Values>;
}

/**
 * Splits the values of environments: what all have in common with each other and with the contrasts goes into the base. Merged as
 * Helm merges (maps deep, lists replaced), base and overlay give each back.
 */
export function layerValues(all: ReadonlyMap<string, Values>, contrasts: readonly Values[]): LayeredValues {
  const base = common([...all.values(), ...contrasts]);
  return { base, overlays: new Map([...all].map(([name, values]) => [name, without(values, base)])) };
}

const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

function common(all: readonly Values[]): Values {
  const [first, ...others] = all;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(first ?? {})) {
    if (!others.every((other) => key in other)) continue;
    const values = all.map((each) => each[key]);
    if (values.every(isMap)) {
      const shared = common(values);
      if (Object.keys(shared).length > 0 || Object.keys(value as Values).length === 0) out[key] = shared;
    } else if (values.every((each) => isDeepStrictEqual(each, value))) out[key] = value;
  }
  return out;
}

function without(values: Values, base: Values): Values {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const below = base[key];
    if (!(key in base)) out[key] = value;
    else if (isMap(value) && isMap(below)) {
      const rest = without(value, below);
      if (Object.keys(rest).length > 0) out[key] = rest;
    }
  }
  return out;
}

/** As Helm merges values files. */
export function mergeValues(base: Values, overlay: Values): Values {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const below = base[key];
    out[key] = isMap(value) && isMap(below) ? mergeValues(below, value) : value;
  }
  return out;
}
