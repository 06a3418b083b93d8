import { foldBinary } from './fold.ts';
import { parseGoFloat, printFixedFloat } from './go-float.ts';
import { type ParsedPipeline, parseNumber, parsePipeline, parseSelector, parseUnwrap } from './pipeline-parser.ts';
import { isBinaryOperator, operatorPrecedence } from './precedence.ts';
import { parseRegexp } from './regexp-syntax.ts';
import type { TokenCursor } from './token-cursor.ts';
import type {
  BinaryOperator,
  Expression,
  Grouping,
  LiteralExpression,
  LogExpression,
  LogRange,
  MetricExpression,
  RangeOperation,
  Selector,
  VariantsExpression,
  VectorMatching,
  VectorOperation,
} from './tree.ts';

/** What is wrong with a node as a whole, by node; see validate.ts for the order in which it is reported. */
export type NodeProblems = Map<Expression, string>;

const rangeOperations: ReadonlySet<string> = new Set<RangeOperation>([
  'count_over_time',
  'rate',
  'rate_counter',
  'bytes_over_time',
  'bytes_rate',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'stdvar_over_time',
  'stddev_over_time',
  'quantile_over_time',
  'first_over_time',
  'last_over_time',
  'absent_over_time',
]);

const vectorOperations: ReadonlySet<string> = new Set<VectorOperation>([
  'sum',
  'avg',
  'count',
  'max',
  'min',
  'stddev',
  'stdvar',
  'bottomk',
  'topk',
  'sort',
  'sort_desc',
  'approx_topk',
]);

export class ExpressionParser {
  readonly problems: NodeProblems = new Map();
  readonly #cursor: TokenCursor;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
  }

  /** @param first an operand that was read already. */
  parseExpression(precedenceMin = 1, first?: Expression): Expression {
    return this.#cursor.nested(() => {
      let left = first ?? this.#parseOperand();
      for (let depth = 1; ; depth++) {
        this.#cursor.checkDepth(depth);
        const operator = this.#cursor.peek().kind;
        if (!isBinaryOperator(operator)) return left;
        const precedence = operatorPrecedence(operator);
        if (precedence < precedenceMin) return left;
        this.#cursor.take();
        const { returnBool, matching } = this.#parseModifier();
        const right = this.parseExpression(operator === '^' ? precedence : precedence + 1);
        left = this.#binary(operator, returnBool, matching, left, right);
      }
    });
  }

  #parseOperand(): Expression {
    const cursor = this.#cursor;
    const { kind, start } = cursor.peek();
    switch (kind) {
      case '{': {
        const selector = parseSelector(cursor);
        const { stages } = parsePipeline(cursor, false);
        return { kind: 'log', selector, stages, span: cursor.spanFrom(start) };
      }
      case '(': {
        cursor.take();
        const operand = this.parseExpression();
        if (operand.kind === 'variants') return cursor.fail([]);
        if (!cursor.accept(')')) cursor.fail([]);
        if (operand.kind === 'log') return operand;
        return { kind: 'parenthesized', operand, span: cursor.spanFrom(start) };
      }
      case 'NUMBER':
      case '+':
      case '-':
        return this.#parseLiteral();
      case 'VECTOR':
        return this.#parseVector();
      case 'label_replace':
        return this.#parseLabelReplace();
      case 'variants':
        return this.#parseVariants();
      default: {
        const operation = kind.toLowerCase();
        if (rangeOperations.has(operation)) return this.#parseRangeAggregation(operation as RangeOperation);
        if (vectorOperations.has(operation)) return this.#parseVectorAggregation(operation as VectorOperation);
        return cursor.fail([]);
      }
    }
  }

  /** An expression where only a metric query will do. Anything else may only be the left side of an operator. */
  #parseMetric(first?: Expression): MetricExpression {
    const expression = this.parseExpression(1, first);
    return isMetric(expression) ? expression : this.#cursor.fail([]);
  }

  #parseLiteral(): LiteralExpression {
    const { start } = this.#cursor.peek();
    const { value, error } = parseNumber(this.#cursor);
    const literal: LiteralExpression = { kind: 'literal', value, span: this.#cursor.spanFrom(start) };
    if (error !== undefined) this.problems.set(literal, `unable to parse literal as a float: ${error}`);
    return literal;
  }

  #parseVector(): MetricExpression {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    cursor.expect('(');
    const { value = 0, error } = parseGoFloat(cursor.expect('NUMBER').text);
    cursor.expect(')');
    const vector: MetricExpression = { kind: 'vector', value, span: cursor.spanFrom(start) };
    if (error !== undefined) this.problems.set(vector, `unable to parse vectorExpr as a float: ${error}`);
    return vector;
  }

  #parseLabelReplace(): MetricExpression {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    cursor.expect('(');
    const operand = this.#parseMetric();
    if (!cursor.at(',')) cursor.fail([]);
    const [destination, replacement, source, pattern] = [0, 1, 2, 3].map(() => {
      cursor.expect(',');
      return cursor.expect('STRING').text;
    }) as [string, string, string, string];
    cursor.expect(')');
    const node: MetricExpression = {
      kind: 'labelReplace',
      operand,
      destination,
      replacement,
      source,
      pattern,
      span: cursor.spanFrom(start),
    };
    const { error } = parseRegexp(`^(?:${pattern})$`);
    if (error !== undefined) this.problems.set(node, `invalid regex in label_replace: ${error}`);
    return node;
  }

  #parseVariants(): VariantsExpression {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    cursor.expect('(');
    const variants: MetricExpression[] = [];
    do {
      variants.push(this.#parseMetric());
      if (!cursor.at(',') && !cursor.at(')')) cursor.fail([]);
    } while (cursor.accept(','));
    cursor.expect(')');
    cursor.expect('of');
    cursor.expect('(');
    const of = this.#parseLogRange();
    cursor.expect(')');
    return { kind: 'variants', variants, of, span: cursor.spanFrom(start) };
  }

  // --- aggregations ------------------------------------------------------------------------------------------------------

  #parseRangeAggregation(operation: RangeOperation): MetricExpression {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    cursor.expect('(');
    if (!cursor.at('NUMBER') && !cursor.at('{') && !cursor.at('(')) cursor.fail(['NUMBER', '{', '(']);
    const parameterText = cursor.accept('NUMBER')?.text;
    if (parameterText !== undefined) cursor.expect(',');
    const range = this.#parseLogRange();
    cursor.expect(')');
    const grouping = this.#parseGrouping();
    const parameter = parameterText === undefined ? undefined : parseGoFloat(parameterText);
    const node: MetricExpression = {
      kind: 'rangeAggregation',
      operation,
      parameter: parameter?.value,
      range,
      grouping,
      span: cursor.spanFrom(start),
    };
    const problem = rangeAggregationProblem(operation, range, grouping, parameterText, parameter?.error);
    if (problem !== undefined) this.problems.set(node, problem);
    return node;
  }

  #parseVectorAggregation(operation: VectorOperation): MetricExpression {
    const cursor = this.#cursor;
    const { start } = cursor.take();
    if (!cursor.at('(') && !cursor.at('by') && !cursor.at('without')) cursor.fail(['(', 'by', 'without']);
    const groupingBefore = this.#parseGrouping();
    cursor.expect('(');
    let parameterText: string | undefined;
    let first: Expression | undefined;
    if (cursor.at('NUMBER')) {
      parameterText = cursor.peek().text;
      first = this.#parseLiteral();
      // `sum(1, …)` has a parameter, `sum(1 + …)` starts with a number.
      if (cursor.accept(',')) first = undefined;
      else parameterText = undefined;
    }
    const operand = this.#parseMetric(first);
    if (!cursor.accept(')')) cursor.fail([]);
    const grouping = groupingBefore ?? this.#parseGrouping();
    const node: MetricExpression = {
      kind: 'vectorAggregation',
      operation,
      parameter: parameterText === undefined ? undefined : Number(parameterText),
      operand,
      // Grouping by nothing is what happens without a grouping, too.
      grouping: grouping && (grouping.without || grouping.labels.length > 0) ? grouping : undefined,
      span: cursor.spanFrom(start),
    };
    const problem = vectorAggregationProblem(operation, parameterText, grouping);
    if (problem !== undefined) this.problems.set(node, problem);
    return node;
  }

  /** `by (a, b)`, if there is one. */
  #parseGrouping(): Grouping | undefined {
    const cursor = this.#cursor;
    const word = cursor.accept('by') ?? cursor.accept('without');
    if (!word) return undefined;
    const labels = this.#parseLabels();
    return { without: word.kind === 'without', labels, span: cursor.spanFrom(word.start) };
  }

  /** `(a, b)` */
  #parseLabels(): string[] {
    const cursor = this.#cursor;
    cursor.expect('(');
    const labels: string[] = [];
    const first = cursor.expect('IDENTIFIER', ')');
    if (first.kind === ')') return labels;
    labels.push(first.text);
    while (cursor.expect(',', ')').kind === ',') labels.push(cursor.expect('IDENTIFIER').text);
    return labels;
  }

  // --- ranges ------------------------------------------------------------------------------------------------------------

  /** `{…} | … | unwrap x [5m] offset 1h`; the pipeline may also stand after the range, and parentheses around parts. */
  #parseLogRange(): LogRange {
    const cursor = this.#cursor;
    return cursor.nested(() => {
      const { kind, start } = cursor.peek();
      if (kind === '{') {
        const selector = parseSelector(cursor);
        return this.#finishLogRange(start, selector, parsePipeline(cursor, true));
      }
      cursor.expect('{', '(');
      if (!cursor.at('{')) {
        const range = this.#parseLogRange();
        cursor.expect(')');
        return range;
      }
      const inner = cursor.peek().start;
      const selector = parseSelector(cursor);
      const pipeline = parsePipeline(cursor, true);
      if (cursor.at('RANGE')) {
        const range = this.#finishLogRange(inner, selector, pipeline);
        cursor.expect(')');
        return range;
      }
      if (!cursor.accept(')')) cursor.fail(pipeline.unwrap ? ['RANGE', ')', '|'] : []);
      if (!cursor.at('RANGE')) cursor.fail(['RANGE']);
      return this.#finishLogRange(start, selector, pipeline, true);
    });
  }

  /** From `[5m]` on. What may follow depends on what stood before; see the LogQL reference for the ways to write it. */
  #finishLogRange(start: number, selector: Selector, before: ParsedPipeline, parenthesized = false): LogRange {
    const cursor = this.#cursor;
    if (!cursor.at('RANGE')) cursor.fail(before.unwrap ? ['RANGE', '|'] : []);
    const rangeNs = cursor.take().durationNs;
    const offsetNs = cursor.accept('offset') ? cursor.expect('DURATION').durationNs : 0n;
    let { stages, unwrap } = before;
    if (stages.length === 0 && !unwrap) {
      if (!parenthesized) ({ stages, unwrap } = parsePipeline(cursor, true));
      else if (cursor.at('|')) unwrap = parseUnwrap(cursor, cursor.take().start);
    }
    const log: LogExpression = {
      kind: 'log',
      selector,
      stages,
      span: { start: selector.span.start, end: stages.at(-1)?.span.end ?? selector.span.end },
    };
    return { kind: 'logRange', log, unwrap, rangeNs, offsetNs, span: cursor.spanFrom(start) };
  }

  // --- operators ---------------------------------------------------------------------------------------------------------

  #parseModifier(): { returnBool: boolean; matching: VectorMatching | undefined } {
    const cursor = this.#cursor;
    const returnBool = cursor.accept('bool') !== undefined;
    const on = cursor.accept('on') ?? cursor.accept('ignoring');
    if (!on) return { returnBool, matching: undefined };
    const labels = this.#parseLabels();
    const side = cursor.accept('group_left') ?? cursor.accept('group_right');
    // Ignoring nothing is what happens without a matching, too.
    if (on.kind === 'ignoring' && labels.length === 0 && !side) return { returnBool, matching: undefined };
    return {
      returnBool,
      matching: {
        on: on.kind === 'on',
        labels,
        group: side && (side.kind === 'group_left' ? 'left' : 'right'),
        include: side && cursor.at('(') ? this.#parseLabels() : [],
      },
    };
  }

  #binary(
    operator: BinaryOperator,
    returnBool: boolean,
    matching: VectorMatching | undefined,
    left: Expression,
    right: Expression,
  ): MetricExpression {
    const span = { start: left.span.start, end: right.span.end };
    const [leftNumber, rightNumber] = [asLiteral(left), asLiteral(right)];
    const problem =
      wrongOperand('left', operator, left) ??
      wrongOperand('right', operator, right) ??
      (leftNumber && this.problems.get(leftNumber)) ??
      (rightNumber && this.problems.get(rightNumber)) ??
      literalOfSetOperation('left', operator, leftNumber) ??
      literalOfSetOperation('right', operator, rightNumber);
    if (
      problem === undefined &&
      leftNumber &&
      rightNumber &&
      operator !== 'and' &&
      operator !== 'or' &&
      operator !== 'unless'
    )
      return { kind: 'literal', value: foldBinary(operator, leftNumber.value, rightNumber.value), span };
    const node: MetricExpression = {
      kind: 'binaryExpression',
      operator,
      // With a wrong operand the node is refused before anybody looks at it.
      left: left as MetricExpression,
      right: right as MetricExpression,
      returnBool,
      matching,
      span,
    };
    if (problem !== undefined) this.problems.set(node, problem);
    return node;
  }
}

export function isMetric(expression: Expression): expression is MetricExpression {
  return expression.kind !== 'log' && expression.kind !== 'variants';
}

function asLiteral(expression: Expression): LiteralExpression | undefined {
  let node = expression;
  while (node.kind === 'parenthesized') node = node.operand;
  return node.kind === 'literal' ? node : undefined;
}

function wrongOperand(side: 'left' | 'right', operator: BinaryOperator, operand: Expression): string | undefined {
  if (isMetric(operand)) return undefined;
  let type = '*syntax.MultiVariantExpr';
  if (operand.kind === 'log') type = operand.stages.length === 0 ? '*syntax.MatchersExpr' : '*syntax.PipelineExpr';
  return `unexpected type for ${side} leg of binary operation (${operator}): ${type}`;
}

function literalOfSetOperation(
  side: 'left' | 'right',
  operator: BinaryOperator,
  literal: LiteralExpression | undefined,
): string | undefined {
  if (!literal || (operator !== 'and' && operator !== 'or' && operator !== 'unless')) return undefined;
  return `unexpected literal for ${side} leg of logical/set binary operation (${operator}): ${printFixedFloat(literal.value)}`;
}

const grouped: ReadonlySet<RangeOperation> = new Set<RangeOperation>([
  'avg_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'max_over_time',
  'min_over_time',
  'first_over_time',
  'last_over_time',
]);
const withUnwrap: ReadonlySet<RangeOperation> = new Set<RangeOperation>([
  ...grouped,
  'sum_over_time',
  'rate',
  'rate_counter',
  'absent_over_time',
]);
const withoutUnwrap: ReadonlySet<RangeOperation> = new Set<RangeOperation>([
  'bytes_over_time',
  'bytes_rate',
  'count_over_time',
  'rate',
  'absent_over_time',
]);

function rangeAggregationProblem(
  operation: RangeOperation,
  range: LogRange,
  grouping: Grouping | undefined,
  parameter: string | undefined,
  parameterError: string | undefined,
): string | undefined {
  if (parameter !== undefined && operation !== 'quantile_over_time')
    return `parameter ${parameter} not supported for operation ${operation}`;
  if (parameterError !== undefined) return `invalid parameter for operation ${operation}: ${parameterError}`;
  if (parameter === undefined && operation === 'quantile_over_time')
    return `parameter required for operation ${operation}`;
  if (grouping && !grouped.has(operation)) return `grouping not allowed for ${operation} aggregation`;
  if (range.unwrap) return withUnwrap.has(operation) ? undefined : `invalid aggregation ${operation} with unwrap`;
  return withoutUnwrap.has(operation) ? undefined : `invalid aggregation ${operation} without unwrap`;
}

function vectorAggregationProblem(
  operation: VectorOperation,
  parameter: string | undefined,
  grouping: Grouping | undefined,
): string | undefined {
  if (operation !== 'topk' && operation !== 'bottomk' && operation !== 'approx_topk')
    return parameter === undefined ? undefined : `unsupported parameter for operation ${operation}(${parameter},`;
  if (parameter === undefined) return `parameter required for operation ${operation}`;
  if (!/^[0-9]+$/.test(parameter) || BigInt(parameter) > 2n ** 63n - 1n)
    return `invalid parameter ${operation}(${parameter},`;
  if (Number(parameter) <= 0) return `invalid parameter (must be greater than 0) ${operation}(${parameter}`;
  if (operation === 'approx_topk' && grouping) return `grouping not allowed for ${operation} aggregation`;
  return undefined;
}
