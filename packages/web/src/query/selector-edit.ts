/** Edits of the stream selector: which services, which label values. */
import { acceptsEmpty, type Expression, type LogExpression, type Matcher, type MatchOperator } from '@cordwood/logql';
import { firstLog, mapLogs, nowhere } from './map-logs.ts';

function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  return { kind: 'matcher', span: nowhere, name, operator, value };
}

const regexMeta = /[\\.+*?()|[\]{}^$]/g;

export function escapeRegex(text: string): string {
  return text.replace(regexMeta, '\\$&');
}

/** The literals of `a|b\.c`, or undefined when the pattern says more than a choice of literals. */
export function literalsOfRegex(pattern: string): readonly string[] | undefined {
  const literals: string[] = [];
  let current = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\') {
      const next = pattern[++i];
      if (next === undefined || /[a-zA-Z0-9]/.test(next)) return undefined;
      current += next;
    } else if (char === '|') {
      literals.push(current);
      current = '';
    } else if (/[.+*?()[\]{}^$]/.test(char)) {
      return undefined;
    } else current += char;
  }
  return [...literals, current];
}

/** One value with `=`, several with an escaped `=~`; none: what matches every stream that has the label. */
export function choiceMatcher(name: string, values: readonly string[]): Matcher {
  if (values.length === 0) return matcher(name, '=~', '.+');
  return values.length === 1 ? matcher(name, '=', values[0]!) : matcher(name, '=~', values.map(escapeRegex).join('|'));
}

function withMatchers(log: LogExpression, matchers: readonly Matcher[]): LogExpression {
  return { ...log, selector: { ...log.selector, matchers } };
}

/**
 * The values that the selector allows for a label: a list for `=` and for a regex of literals, an empty list when the label
 * is not narrowed, undefined when it is narrowed in some other way.
 */
export function chosenValues(expression: Expression, name: string): readonly string[] | undefined {
  const matchers = firstLog(expression)?.selector.matchers.filter((each) => each.name === name) ?? [];
  if (matchers.length === 0) return [];
  if (matchers.length > 1) return undefined;
  const [only] = matchers;
  if (only!.operator === '=') return [only!.value];
  if (only!.operator !== '=~') return undefined;
  if (/^\.[+*]$/.test(only!.value)) return [];
  return literalsOfRegex(only!.value);
}

/** Narrows a label to the values, replacing whatever was said about it; no value widens to all. */
export function chooseValues(expression: Expression, name: string, values: readonly string[]): Expression {
  return mapLogs(expression, (log) => {
    const others = log.selector.matchers.filter((each) => each.name !== name);
    const needed = values.length > 0 || others.every(acceptsEmpty);
    if (!needed) return withMatchers(log, others);
    const place = log.selector.matchers.findIndex((each) => each.name === name);
    const matchers = [...others];
    matchers.splice(place < 0 ? others.length : Math.min(place, others.length), 0, choiceMatcher(name, values));
    return withMatchers(log, matchers);
  });
}

/** Adds `name="value"` (or `!=`) to the selector. A matcher that says the opposite goes; one that says it already stays. */
export function addMatcher(log: LogExpression, name: string, value: string, exclude: boolean): LogExpression {
  const operator = exclude ? '!=' : '=';
  const opposite = exclude ? '=' : '!=';
  const kept = log.selector.matchers.filter(
    (each) => !(each.name === name && each.operator === opposite && each.value === value),
  );
  const said = kept.some((each) => each.name === name && each.operator === operator && each.value === value);
  const matchers = said ? kept : [...kept, matcher(name, operator, value)];
  if (matchers.every(acceptsEmpty)) matchers.push(choiceMatcher(name, []));
  return withMatchers(log, matchers);
}
