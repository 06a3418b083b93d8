import { type Block, blockName } from '@cordwood/alloy';

/** `stage.replace (jwt)`: its comment says best what a stage is for; without one its first argument. */
export function describeStage(block: Block, text: string): string {
  const above = /\/\/[ \t]*([^\n]*)\n[ \t]*$/.exec(text.slice(0, block.start));
  const first = block.body.find((statement) => statement.kind === 'attribute');
  const detail = above?.[1] ?? (first === undefined ? '' : text.slice(first.start, first.end));
  return `${blockName(block)}${detail === '' ? '' : ` (${shorten(detail)})`}`;
}

/** One line of at most 60 characters. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
