import { parsedType, type Type } from '@cordwood/alloy';
import { compileRe2, type Re2, type Re2Options } from '../extract/re2.ts';

/**
 * Remembers what was compiled from a text: arguments that did not change stay the same objects, so a re-evaluation can see
 * that nothing changed.
 */
export function memoize<T>(compile: (text: string) => { value: T } | { error: string }): typeof compile {
  const known = new Map<string, { value: T } | { error: string }>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      if (known.size >= compiledMax) known.clear();
      result = compile(text);
      known.set(text, result);
    }
    return result;
  };
}
/** Compiled expressions that are kept; a configuration has dozens. */
const compiledMax = 1000;

function expressionType(options: Re2Options): Type<Re2> {
  const compile = memoize<Re2>((pattern) => {
    const result = compileRe2(pattern, options);
    return result.re2 === undefined
      ? { error: `could not compile regular expression: ${result.error}` }
      : { value: result.re2 };
  });
  const empty = compileRe2('', options).re2!;
  return parsedType('regular expression', empty, compile);
}

/** A regular expression in RE2 syntax, matched anywhere. */
export const regexType: Type<Re2> = expressionType({});
/** The whole text must match, and a dot matches newlines: relabel rules. */
export const relabelRegexType: Type<Re2> = expressionType({ anchored: true, dotAll: true });
