import type { LabelSelection } from '@cordwood/logql';
import { compileValueMatcher } from '../stream-matchers.ts';

/** One item of drop or keep, made ready. */
export interface CompiledSelection {
  readonly name: string;
  matches(value: string): boolean;
}

export function compileSelection({ name, matcher }: LabelSelection): CompiledSelection {
  return matcher === undefined
    ? { name, matches: () => true }
    : { name: matcher.name, matches: compileValueMatcher(matcher.operator, matcher.value) };
}
