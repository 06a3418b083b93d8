import type { Matcher, MatchOperator } from '@cordwood/logql';
import { compileRe2 } from '../extract/re2.ts';
import { RequestError } from '../model/failure.ts';
import { type Labels, labelValue } from '../model/labels.ts';

/** `= != =~ !~` on one value. Regular expressions are anchored, and a dot matches a newline, as in Prometheus. */
export function compileValueMatcher(operator: MatchOperator, value: string): (value: string) => boolean {
  switch (operator) {
    case '=':
      return (candidate) => candidate === value;
    case '!=':
      return (candidate) => candidate !== value;
    case '=~':
    case '!~': {
      const compiled = compileRe2(value, { anchored: true, dotAll: true });
      if (compiled.error !== undefined) throw new RequestError(400, `parse error : ${compiled.error}`);
      const { re2 } = compiled;
      const wanted = operator === '=~';
      // Streams repeat few values: the answer for each is remembered.
      const known = new Map<string, boolean>();
      return (candidate) => {
        let matches = known.get(candidate);
        if (matches === undefined) {
          matches = re2.test(candidate) === wanted;
          if (known.size < knownValuesMax) known.set(candidate, matches);
        }
        return matches;
      };
    }
  }
}

const knownValuesMax = 4096;

/** A selector on a stream's labels; a label that is not there compares as the empty string. */
export function compileSelector(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const compiled = matchers.map(({ name, operator, value }) => ({
    name,
    matches: compileValueMatcher(operator, value),
  }));
  return (labels) => compiled.every(({ name, matches }) => matches(labelValue(labels, name)));
}
