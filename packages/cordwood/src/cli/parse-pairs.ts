import { createLabels, type Labels, noLabels } from '../model/labels.ts';
import { UsageError } from './command.ts';

/** `NAME=VALUE` options as labels. */
export function parsePairs(pairs: readonly string[], option: string): Labels {
  if (pairs.length === 0) return noLabels;
  return createLabels(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new UsageError(`${option} takes NAME=VALUE, not '${pair}'`);
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}
