/**
 * What may come next at the caret of a half-written query. The parser only knows whole queries, so this reads the words up to
 * the caret by itself, forgivingly: its mistakes cost a wrong suggestion, never a wrong query.
 */
import type { MatchOperator } from '@cordwood/logql';

export interface KnownMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** Replace `from`..`to` with the suggestion; `typed` is what stands there before the caret. */
interface Place {
  readonly from: number;
  readonly to: number;
  readonly typed: string;
}

export type CompletionContext =
  | (Place & { readonly kind: 'start' })
  | (Place & { readonly kind: 'labelName' })
  | (Place & { readonly kind: 'labelValue'; readonly name: string; readonly others: readonly KnownMatcher[] })
  | (Place & { readonly kind: 'stage' })
  | (Place & { readonly kind: 'fieldName' })
  | (Place & { readonly kind: 'fieldValue'; readonly name: string })
  | (Place & { readonly kind: 'duration' });

interface Piece {
  readonly kind: 'word' | 'symbol' | 'string' | 'openString';
  readonly text: string;
  readonly start: number;
}

const scanner =
  /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|("(?:[^"\\\n]|\\.)*$|`[^`]*$)|([a-zA-Z_0-9.:]+)|(\|[=~>]|![=~>]|=~|==|[<>]=?|[^\s])/gy;

function piecesOf(text: string): { readonly pieces: readonly Piece[]; readonly inComment: boolean } {
  const pieces: Piece[] = [];
  let inComment = false;
  scanner.lastIndex = 0;
  for (let match = scanner.exec(text); match; match = scanner.exec(text)) {
    const start = match.index;
    const [all, closed, open, word, symbol] = match;
    inComment = all.startsWith('#') && scanner.lastIndex === text.length;
    if (closed !== undefined) pieces.push({ kind: 'string', text: closed, start });
    else if (open !== undefined) pieces.push({ kind: 'openString', text: open, start });
    else if (word !== undefined) pieces.push({ kind: 'word', text: word, start });
    else if (symbol !== undefined) pieces.push({ kind: 'symbol', text: symbol, start });
    if (scanner.lastIndex === text.length) break;
  }
  return { pieces, inComment };
}

const matchOperators: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);
const comparisons: ReadonlySet<string> = new Set([...matchOperators, '==', '>', '>=', '<', '<=']);
/** Words after which names of labels come in parentheses. */
const groupingWords: ReadonlySet<string> = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const namingStages: ReadonlySet<string> = new Set(['unwrap', 'drop', 'keep', 'label_format', 'and', 'or']);

export function completionContext(text: string, caret: number): CompletionContext | undefined {
  const { pieces, inComment } = piecesOf(text.slice(0, caret));
  if (inComment) return undefined;
  const last = pieces.at(-1);
  const touching = last !== undefined && last.start + last.text.length === caret;
  const typing = touching && (last.kind === 'word' || last.kind === 'openString') ? last : undefined;
  const done = typing ? pieces.slice(0, -1) : pieces;
  const place = placeOf(text, caret, typing);

  const brace = openBrace(done);
  if (typing?.kind === 'openString') {
    const operator = done.at(-1);
    const name = done.at(-2);
    if (operator?.kind !== 'symbol' || name?.kind !== 'word' || !comparisons.has(operator.text)) return undefined;
    return brace === undefined
      ? { kind: 'fieldValue', name: name.text, ...place }
      : { kind: 'labelValue', name: name.text, others: closedMatchers(done.slice(brace + 1, -2)), ...place };
  }
  if (brace !== undefined) {
    const before = done.at(-1)!.text;
    return before === '{' || before === ',' ? { kind: 'labelName', ...place } : undefined;
  }
  const before = done.at(-1);
  if (before === undefined) return { kind: 'start', ...place };
  if (isInside(done, '[', ']')) return { kind: 'duration', ...place };
  if (before.text === '|') return { kind: 'stage', ...place };
  const group = openParenthesis(done);
  if (group !== undefined && groupingWords.has(done[group - 1]?.text.toLowerCase() ?? '')) {
    return before.text === '(' || before.text === ',' ? { kind: 'fieldName', ...place } : undefined;
  }
  if (before.kind === 'word' && namingStages.has(before.text)) return { kind: 'fieldName', ...place };
  if (before.text === '(' || (before.text === ',' && group !== undefined)) return { kind: 'start', ...place };
  if (before.kind === 'symbol' && /^[-+*/%^]$/.test(before.text)) return { kind: 'start', ...place };
  return undefined;
}

function placeOf(text: string, caret: number, typing: Piece | undefined): Place {
  if (!typing) return { from: caret, to: caret, typed: '' };
  const inString = typing.kind === 'openString';
  const from = typing.start + (inString ? 1 : 0);
  const rest = inString ? /^[^"`\n,}]*/ : /^[a-zA-Z_0-9.:]*/;
  return { from, to: caret + rest.exec(text.slice(caret))![0].length, typed: text.slice(from, caret) };
}

/** Index of the `{` that is still open. */
function openBrace(pieces: readonly Piece[]): number | undefined {
  const index = pieces.findLastIndex((piece) => piece.kind === 'symbol' && (piece.text === '{' || piece.text === '}'));
  return index >= 0 && pieces[index]!.text === '{' ? index : undefined;
}

function openParenthesis(pieces: readonly Piece[]): number | undefined {
  let depth = 0;
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]!;
    if (piece.kind !== 'symbol') continue;
    if (piece.text === ')') depth++;
    if (piece.text === '(' && depth-- === 0) return i;
  }
  return undefined;
}

function isInside(pieces: readonly Piece[], open: string, close: string): boolean {
  const last = pieces.findLast((piece) => piece.kind === 'symbol' && (piece.text === open || piece.text === close));
  return last?.text === open;
}

function closedMatchers(pieces: readonly Piece[]): readonly KnownMatcher[] {
  const matchers: KnownMatcher[] = [];
  for (let i = 0; i + 2 < pieces.length; i++) {
    const [name, operator, value] = [pieces[i]!, pieces[i + 1]!, pieces[i + 2]!];
    if (name.kind !== 'word' || !matchOperators.has(operator.text) || value.kind !== 'string') continue;
    const inner = value.text.slice(1, -1);
    matchers.push({
      name: name.text,
      operator: operator.text as MatchOperator,
      value: value.text.startsWith('`') ? inner : inner.replace(/\\(.)/g, '$1'),
    });
  }
  return matchers;
}
