import { type Matcher, parse } from '@cordwood/logql';
import { RequestError } from '../model/failure.ts';
import type { Labels } from '../model/labels.ts';
import { compileSelector } from '../query/stream-matchers.ts';

/** A stream selector without a pipeline. `matches` is exact. */
export interface StreamSelector {
  readonly matchers: readonly Matcher[];
  readonly matches: (labels: Labels) => boolean;
}

export const everyStream: StreamSelector = { matchers: [], matches: () => true };

const emptyBraces = /^\s*\{\s*\}\s*$/;

/** Parses `{app="x"}`; anything behind the braces is refused. `allowEmpty`: `{}` means every stream. */
export function parseSelector(text: string, { allowEmpty = false } = {}): StreamSelector {
  if (allowEmpty && emptyBraces.test(text)) return everyStream;
  const { expression, error } = parse(text);
  if (error !== undefined) throw new RequestError(400, error.message);
  if (expression.kind !== 'log' || expression.stages.length > 0)
    throw new RequestError(400, 'only label matchers are supported');
  return selectorOf(expression.selector.matchers);
}

export function selectorOf(matchers: readonly Matcher[]): StreamSelector {
  return { matchers, matches: compileSelector(matchers) };
}
