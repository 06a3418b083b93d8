import type { Expression, Span, Statement } from './tree.ts';

/** A chain of names `a.b.c` as it stands in an expression; indexing and calls end the chain. */
export interface Reference {
  readonly names: readonly string[];
  readonly span: Span;
}

/** The chains of names in an expression. */
export function expressionReferences(expression: Expression): Reference[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'identifier':
      return [{ names: [expression.name], span: { start: expression.start, end: expression.end } }];
    case 'access': {
      const names: string[] = [];
      let inner: Expression = expression;
      while (inner.kind === 'access') {
        names.unshift(inner.name.name);
        inner = inner.value;
      }
      if (inner.kind !== 'identifier') return expressionReferences(inner);
      return [{ names: [inner.name, ...names], span: { start: expression.start, end: expression.end } }];
    }
    case 'list':
      return expression.items.flatMap(expressionReferences);
    case 'object':
      return expression.fields.flatMap((field) => expressionReferences(field.value));
    case 'index':
      return [...expressionReferences(expression.value), ...expressionReferences(expression.index)];
    case 'call':
      return [...expressionReferences(expression.callee), ...expression.items.flatMap(expressionReferences)];
    case 'unary':
      return expressionReferences(expression.value);
    case 'binary':
      return [...expressionReferences(expression.left), ...expressionReferences(expression.right)];
    case 'parentheses':
      return expressionReferences(expression.inner);
  }
}

/** The chains of names in all attributes of a body, nested blocks included. */
export function bodyReferences(body: readonly Statement[]): Reference[] {
  return body.flatMap((statement) =>
    statement.kind === 'attribute' ? expressionReferences(statement.value) : bodyReferences(statement.body),
  );
}
