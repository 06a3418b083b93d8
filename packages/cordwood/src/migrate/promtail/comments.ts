/**
 * Comments of the YAML file, carried to what their line became: a comment above a key stands above the item that was made of
 * it, one behind a key behind it. What has no item (a flag of Alloy, an unsupported key) is kept at the top with its key.
 */
import type { NewExpression, NewField, NewItem } from '@cordwood/alloy';
import { Parser } from 'yaml';
import type { YamlOwner } from './yaml-value.ts';

interface Comment {
  readonly line: number;
  readonly text: string;
  /** Nothing but blanks stands before it. */
  readonly alone: boolean;
}

function commentsOf(text: string): Comment[] {
  const found: Comment[] = [];
  const visit = (token: unknown): void => {
    if (Array.isArray(token)) token.forEach(visit);
    else if (typeof token === 'object' && token !== null) {
      const { type, offset, source } = token as { type?: string; offset?: number; source?: string };
      if (type === 'comment') found.push(commentAt(text, offset!, source!));
      else Object.values(token).forEach(visit);
    }
  };
  for (const token of new Parser().parse(text)) visit(token);
  return found.sort((a, b) => a.line - b.line);
}

function commentAt(text: string, offset: number, source: string): Comment {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line, text: source.replace(/^#+ ?/, ''), alone: before.slice(lineStart).trim() === '' };
}

type Node = NewItem | NewField;

/** Items with their comments, and the lines that found no place. */
export function attachComments(
  text: string,
  owners: readonly YamlOwner[],
  items: readonly NewItem[],
  lines: ReadonlyMap<Node, number>,
): { items: NewItem[]; top: string[]; below: string[] } {
  // In the order of the output: the first that was made of a key stands for all of it.
  const nodes = nodesOf(items).flatMap((node) => (lines.has(node) ? [{ node, line: lines.get(node)! }] : []));
  const above = new Map<Node, string[]>();
  const behind = new Map<Node, string>();
  const top: string[] = [];
  const below: string[] = [];
  for (const comment of commentsOf(text)) {
    const owner = comment.alone
      ? owners.find(({ startLine }) => startLine > comment.line)
      : owners.findLast(({ startLine }) => startLine === comment.line);
    const inside = (line: number) => owner !== undefined && line >= owner.startLine && line <= owner.endLine;
    const beside = comment.alone ? undefined : nodes.findLast(({ line }) => line === comment.line)?.node;
    const first = nodes.find(({ line }) => inside(line))?.node;
    if (beside !== undefined && !behind.has(beside)) behind.set(beside, comment.text);
    else if (first !== undefined) above.set(first, [...(above.get(first) ?? []), comment.text]);
    else if (owner === undefined) below.push(comment.text);
    else if (owner === owners[0] && comment.alone) top.push(comment.text);
    else top.push(owner.key === '-' ? comment.text : `${owner.key}: ${comment.text}`);
  }
  return { items: items.map((item) => withComments(item, above, behind)), top, below };
}

function nodesOf(items: readonly NewItem[]): Node[] {
  return items.flatMap((item) => [item, ...(item.kind === 'block' ? nodesOf(item.body) : fieldsOf(item.value))]);
}

function fieldsOf(value: NewExpression): NewField[] {
  if (value === null || typeof value !== 'object' || 'code' in value) return [];
  if ('fields' in value) return value.fields.flatMap((field) => [field, ...fieldsOf(field.value)]);
  return ('call' in value ? value.items : value).flatMap(fieldsOf);
}

type Above = ReadonlyMap<Node, readonly string[]>;
type Behind = ReadonlyMap<Node, string>;

function withComments<T extends Node>(node: T, above: Above, behind: Behind): T {
  const text = { above: above.get(node), behind: behind.get(node) };
  const own = {
    ...node,
    ...(text.above === undefined ? {} : { above: text.above }),
    ...(text.behind === undefined ? {} : { behind: text.behind }),
  };
  if ('body' in node) return { ...own, body: node.body.map((item) => withComments(item, above, behind)) };
  return { ...own, value: expressionWithComments(node.value, above, behind) };
}

function expressionWithComments(value: NewExpression, above: Above, behind: Behind): NewExpression {
  const inner = (item: NewExpression) => expressionWithComments(item, above, behind);
  if (value === null || typeof value !== 'object' || 'code' in value) return value;
  if ('fields' in value) return { fields: value.fields.map((field) => withComments(field, above, behind)) };
  if ('call' in value) return { call: value.call, items: value.items.map(inner) };
  return value.map(inner);
}
