import type { BinaryExpression, Grouping, LogRange, MetricExpression, RangeAggregation } from '@cordwood/logql';

/**
 * The labels that the series of an expression have, as far as the text tells: after `sum by (a)` it is a, before it whatever the
 * streams bring.
 */
export interface OutputLabels {
  readonly names: ReadonlySet<string>;
  /** There may be others. */
  readonly open: boolean;
}

const none: OutputLabels = { names: new Set(), open: false };
const anything: OutputLabels = { names: new Set(), open: true };

export function outputLabels(expression: MetricExpression): OutputLabels {
  switch (expression.kind) {
    case 'literal':
    case 'vector':
      return none;
    case 'parenthesized':
      return outputLabels(expression.operand);
    case 'labelReplace': {
      const { names, open } = outputLabels(expression.operand);
      return { names: new Set([...names, expression.destination]), open };
    }
    case 'rangeAggregation':
      return rangeLabels(expression);
    case 'vectorAggregation': {
      const operand = outputLabels(expression.operand);
      const chooses = ['topk', 'bottomk', 'approx_topk', 'sort', 'sort_desc'].includes(expression.operation);
      return chooses ? operand : grouped(operand, expression.grouping);
    }
    case 'binaryExpression':
      return binaryLabels(expression);
  }
}

function rangeLabels({ operation, range, grouping }: RangeAggregation): OutputLabels {
  if (operation === 'absent_over_time') return { names: new Set(equalityLabels(range)), open: false };
  return grouping === undefined ? anything : grouped(anything, grouping);
}

/** Of what is absent only those labels are known that the selector states. */
export function equalityLabels(range: LogRange): string[] {
  return range.log.selector.matchers.filter(({ operator }) => operator === '=').map(({ name }) => name);
}

function grouped(operand: OutputLabels, grouping: Grouping | undefined): OutputLabels {
  if (grouping === undefined) return none;
  const listed = new Set(grouping.labels);
  if (!grouping.without)
    return {
      names: operand.open ? listed : new Set([...listed].filter((name) => operand.names.has(name))),
      open: false,
    };
  return { names: new Set([...operand.names].filter((name) => !listed.has(name))), open: operand.open };
}

function binaryLabels({ operator, left, right, matching }: BinaryExpression): OutputLabels {
  const [a, b] = [outputLabels(left), outputLabels(right)];
  if (operator === 'or') return { names: new Set([...a.names, ...b.names]), open: a.open || b.open };
  if (operator === 'and' || operator === 'unless') return a;
  if (left.kind === 'literal') return b;
  if (right.kind === 'literal') return a;
  if (matching?.group !== undefined) {
    const many = matching.group === 'left' ? a : b;
    return { names: new Set([...many.names, ...matching.include]), open: many.open };
  }
  return matching?.on === true ? { names: new Set(matching.labels), open: false } : a;
}
