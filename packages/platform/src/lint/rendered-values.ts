import type { Environment } from '../platform.ts';
import type { CheckInput } from './check.ts';

export const lokiValuesPath = ({ name }: Environment): string => `helm/loki/values-${name}.yaml`;

/**
 * What the Loki chart is given at a path: `serviceAccount.name`. Values of an environment lie over those of all. In the umbrella chart
 * every value is one level deeper, under `loki`. For single values; maps are not merged.
 */
export function lokiValue(input: CheckInput, environment: Environment, path: readonly string[]): unknown {
  for (const file of [lokiValuesPath(environment), 'helm/loki/values.yaml']) {
    const value = valueAt(input.documents(file)[0], ['loki', ...path]);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** A text argument of a rendered Terraform root, or undefined. */
export function terraformArgument(text: string | undefined, name: string): string | undefined {
  return new RegExp(`^ *"?${name}"? += "([^"]*)"`, 'm').exec(text ?? '')?.[1];
}
