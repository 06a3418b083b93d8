import { type Expression, type MetricExpression, parse, print, printOperator, printPretty } from '@cordwood/logql';
import { isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml';

/** Longer lines are split at an operator. */
const lineLengthMax = 100;

/**
 * A rule file in its canonical form: two spaces, expressions as Loki's `format_query` lays them out, comments kept. The rules
 * themselves do not change. An expression that does not parse, or that holds a comment of its own, stays as it is.
 */
export function formatRuleFile(text: string): string {
  const document = parseDocument(text);
  const root: unknown = document.contents;
  const groups = isMap(root) ? (root.get('groups', true) as unknown) : undefined;
  for (const group of isSeq(groups) ? groups.items : []) {
    const rules = isMap(group) ? (group.get('rules', true) as unknown) : undefined;
    for (const rule of isSeq(rules) ? rules.items : []) {
      const expr = isMap(rule) ? (rule.get('expr', true) as unknown) : undefined;
      if (isScalar(expr) && typeof expr.value === 'string') formatExpression(expr as Scalar<string>);
    }
  }
  return document.toString({ indent: 2, lineWidth: 0, indentSeq: true });
}

function formatExpression(scalar: Scalar<string>): void {
  const { expression } = parse(scalar.value, { checkStages: false });
  if (expression === undefined || hasComment(scalar.value, expression)) return;
  const formatted = layOut(expression);
  if (formatted.includes('\n')) {
    scalar.type = 'BLOCK_LITERAL';
    scalar.value = `${formatted}\n`;
  } else {
    if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') scalar.type = 'QUOTE_SINGLE';
    scalar.value = formatted;
  }
}

/** Printing is canonical, so what it has less of `#` was in a comment. */
function hasComment(text: string, expression: Expression): boolean {
  return text.split('#').length > print(expression).split('#').length;
}

/**
 * As Loki's `format_query`, but for operators: those stand between their operands, a threshold on the last line of what it is
 * compared with, and nothing is indented before the first operand, so that the text is a plain YAML block.
 */
function layOut(expression: Expression): string {
  if (expression.kind === 'parenthesized') return layOut(expression.operand);
  if (expression.kind !== 'binaryExpression') return printPretty(expression);
  const [left, right] = [operand(expression.left), operand(expression.right)];
  const line = `${left} ${printOperator(expression, ', ')} ${right}`;
  const isShort = !left.includes('\n') && !right.includes('\n') && line.length <= lineLengthMax;
  if (isShort || expression.right.kind === 'literal') return line;
  return `${left}\n${printOperator(expression, ', ')}\n${right}`;
}

function operand(expression: MetricExpression): string {
  let inner = expression;
  while (inner.kind === 'parenthesized') inner = inner.operand;
  const text = layOut(inner);
  if (inner.kind !== 'binaryExpression') return text;
  return text.includes('\n') ? `(\n${text.replace(/^/gm, '  ')}\n)` : `(${text})`;
}
