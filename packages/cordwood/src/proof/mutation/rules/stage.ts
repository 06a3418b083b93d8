import { type LabelFilter, type LineFilter, logExpressions, printStage, type Stage, walk } from '@cordwood/logql';
import type { Rule } from '../../../rules/rule-group.ts';
import { edited, type RuleMutant, type RuleMutation } from './rule-mutation.ts';
import { withoutAlternatives } from './without-alternatives.ts';

/** Line filters and label filters: left out, turned round, with another text, without one of their alternatives. */
export const stage: RuleMutation = {
  name: 'stage',
  *mutate(rule, expression) {
    for (const { stages } of logExpressions(expression)) for (const one of stages) yield* mutantsOf(rule, one);
    for (const node of walk(expression)) {
      if (node.kind !== 'logRange') continue;
      for (const filter of node.unwrap?.filters ?? []) yield edited(rule, filter.span, '');
    }
  },
};

function* mutantsOf(rule: Rule, one: Stage): Iterable<RuleMutant> {
  if (one.kind !== 'lineFilter' && one.kind !== 'labelFilter') return;
  yield edited(rule, one.span, ' ');
  if (one.kind === 'lineFilter') {
    for (const changed of lineFilters(one)) yield edited(rule, one.span, printStage(changed));
    return;
  }
  for (const filter of labelFilters(one.filter)) yield edited(rule, one.span, printStage({ ...one, filter }));
}

const opposites = { '|=': '!=', '!=': '|=', '|~': '!~', '!~': '|~', '|>': '!>', '!>': '|>' } as const;

function* lineFilters(filter: LineFilter): Iterable<LineFilter> {
  yield { ...filter, operator: opposites[filter.operator] };
  for (const [index, operand] of filter.operands.entries()) {
    const replace = (text: string) => ({
      ...filter,
      operands: filter.operands.map((old, i) => (i === index ? { ...operand, text } : old)),
    });
    if (filter.operands.length > 1) yield { ...filter, operands: filter.operands.toSpliced(index, 1) };
    if (filter.operator === '|~' || filter.operator === '!~')
      for (const text of withoutAlternatives(operand.text)) yield replace(text);
    else yield replace(`${operand.text}-other`);
  }
}

function* labelFilters(filter: LabelFilter): Iterable<LabelFilter> {
  switch (filter.kind) {
    case 'binary':
      yield { ...filter, operator: filter.operator === 'and' ? 'or' : 'and' };
      for (const left of labelFilters(filter.left)) yield { ...filter, left };
      for (const right of labelFilters(filter.right)) yield { ...filter, right };
      return;
    case 'string': {
      const isRegexp = filter.operator === '=~' || filter.operator === '!~';
      yield { ...filter, value: `${filter.value}-other` };
      if (isRegexp) for (const value of withoutAlternatives(filter.value)) yield { ...filter, value };
      const turned = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;
      yield { ...filter, operator: turned[filter.operator] };
      return;
    }
    case 'number':
    case 'duration':
    case 'bytes': {
      const turned = { '==': '!=', '!=': '==', '>': '<=', '>=': '<', '<': '>=', '<=': '>' } as const;
      yield { ...filter, operator: turned[filter.operator] };
      return;
    }
    case 'ip':
      yield { ...filter, operator: filter.operator === '=' ? '!=' : '=' };
  }
}
