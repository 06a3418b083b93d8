import { fromPlain, listType, mapType, stringType, type Value } from '@cordwood/alloy';
import { createLabels } from '../model/labels.ts';
import { LabelSet } from './label-set.ts';

/** A discovered target: labels, of which those starting with `__` say how to reach it. */
export type Target = ReadonlyMap<string, string>;

export const targetsType = listType(mapType(stringType));

export function targetsValue(targets: readonly Target[]): Value {
  return fromPlain(targets);
}

/** Labels of a target that its entries get. */
export function targetLabels(target: Target): LabelSet {
  return LabelSet.of(createLabels([...target].filter(([name]) => !name.startsWith('__'))));
}
