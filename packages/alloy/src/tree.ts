/**
 * The tree of a configuration: plain, read-only data. Meaning lives in functions over it (print, evaluate, references).
 * `start` and `end` are UTF-16 offsets into the text of the file.
 */

import type { SourceFile } from './diagnostic.ts';
import type { Comment } from './lexer.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface File {
  readonly source: SourceFile;
  readonly body: readonly Statement[];
  readonly comments: readonly Comment[];
}

export type Statement = Attribute | Block;

/** `name = value` */
export interface Attribute extends Span {
  readonly kind: 'attribute';
  readonly name: Identifier;
  readonly value: Expression;
}

/** `name.name "label" { body }` */
export interface Block extends Span {
  readonly kind: 'block';
  readonly name: readonly Identifier[];
  /** `undefined` when there is none; the empty label counts as none. */
  readonly label: Label | undefined;
  readonly body: readonly Statement[];
  /** Offsets of the braces. */
  readonly open: number;
  readonly close: number;
}

export interface Identifier extends Span {
  readonly name: string;
}
export interface Label extends Span {
  readonly text: string;
}

export type Expression =
  | LiteralExpression
  | IdentifierExpression
  | ListExpression
  | ObjectExpression
  | AccessExpression
  | IndexExpression
  | CallExpression
  | UnaryExpression
  | BinaryExpression
  | ParenthesesExpression;

export interface LiteralExpression extends Span {
  readonly kind: 'literal';
  readonly type: 'number' | 'float' | 'string' | 'bool' | 'null';
  /** As written. */
  readonly text: string;
}
export interface IdentifierExpression extends Span {
  readonly kind: 'identifier';
  readonly name: string;
}
export interface ListExpression extends Span {
  readonly kind: 'list';
  readonly items: readonly Expression[];
  readonly close: number;
}
export interface ObjectField extends Span {
  /** The key; of a quoted key the text between the quotes, not unescaped. */
  readonly name: string;
  /** The key as written. */
  readonly nameText: string;
  readonly nameSpan: Span;
  readonly value: Expression;
}
export interface ObjectExpression extends Span {
  readonly kind: 'object';
  readonly fields: readonly ObjectField[];
  readonly close: number;
}
/** `value.name` */
export interface AccessExpression extends Span {
  readonly kind: 'access';
  readonly value: Expression;
  readonly name: Identifier;
}
/** `value[index]` */
export interface IndexExpression extends Span {
  readonly kind: 'index';
  readonly value: Expression;
  readonly index: Expression;
  readonly open: number;
  readonly close: number;
}
export interface CallExpression extends Span {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly items: readonly Expression[];
  readonly open: number;
  readonly close: number;
}
export interface UnaryExpression extends Span {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly value: Expression;
}
export interface BinaryExpression extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly operatorStart: number;
  readonly left: Expression;
  readonly right: Expression;
}
export interface ParenthesesExpression extends Span {
  readonly kind: 'parentheses';
  readonly inner: Expression;
  readonly close: number;
}

export type UnaryOperator = '!' | '-';
export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^';

/** `a.b.c` of a block's name. */
export function blockName(block: Block): string {
  return block.name.map((part) => part.name).join('.');
}
