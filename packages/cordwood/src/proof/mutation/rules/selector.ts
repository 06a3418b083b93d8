import { logExpressions, type Matcher, printMatcher } from '@cordwood/logql';
import type { Rule } from '../../../rules/rule-group.ts';
import { edited, type RuleMutant, type RuleMutation } from './rule-mutation.ts';
import { withoutAlternatives } from './without-alternatives.ts';

/** Each matcher of a selector: left out, with another value, without one of its alternatives. */
export const selector: RuleMutation = {
  name: 'selector',
  *mutate(rule, expression) {
    for (const { selector: found } of logExpressions(expression)) {
      for (const [index, matcher] of found.matchers.entries()) {
        if (found.matchers.length > 1) {
          // With the comma behind it, or before it.
          const next = found.matchers[index + 1];
          const start = next === undefined ? found.matchers[index - 1]!.span.end : matcher.span.start;
          const end = next === undefined ? matcher.span.end : next.span.start;
          yield edited(rule, { start, end }, '', `${printMatcher(matcher)} is left out`);
        }
        yield* otherValues(rule, matcher);
      }
    }
  },
};

function* otherValues(rule: Rule, matcher: Matcher): Iterable<RuleMutant> {
  yield edited(rule, matcher.span, printMatcher({ ...matcher, value: `${matcher.value}-other` }));
  if (matcher.operator !== '=~' && matcher.operator !== '!~') return;
  for (const value of withoutAlternatives(matcher.value))
    yield edited(rule, matcher.span, printMatcher({ ...matcher, value }));
}
