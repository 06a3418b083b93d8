/** A tree without what printing does not keep: positions, parentheses, and numbers as they were spelled. */
export function comparable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(comparable);
  if (typeof node !== 'object' || node === null) return node;
  if ('kind' in node && node.kind === 'parenthesized' && 'operand' in node) return comparable(node.operand);
  const spelled = 'kind' in node && ['number', 'duration', 'bytes'].includes(String(node.kind));
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'span' && !(spelled && key === 'text'))
      .map(([key, value]) => [key, comparable(value)]),
  );
}
