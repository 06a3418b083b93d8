import { type Block, blockName, type Expression, parse, quote, type Statement, unquote } from '@cordwood/alloy';
import { describeStage, shorten } from '../describe-stage.ts';

/** A configuration with one change in a stage or relabelling rule. */
export interface PipelineMutant {
  readonly what: string;
  readonly text: string;
  /** Where the change is. */
  readonly offset: number;
}

/**
 * Each stage and each relabelling rule left out; each field of their maps and each item of their lists left out; each of their
 * texts that a reader chose (values, reasons, replacements) changed. What the agent then refuses is no mutant.
 */
export function* pipelineMutants(text: string, name: string): Iterable<PipelineMutant> {
  const { file } = parse({ name, text });
  for (const statement of file.body)
    if (statement.kind === 'block' && /^(loki\.(process|relabel)|discovery\.relabel)$/.test(blockName(statement)))
      yield* inside(statement, text);
}

function* inside(component: Block, text: string): Iterable<PipelineMutant> {
  for (const statement of component.body) {
    if (statement.kind !== 'block') continue;
    yield cut(text, statement, `${describeStage(statement, text)} is left out`);
    for (const attribute of statement.body)
      if (attribute.kind === 'attribute') yield* ofValue(statement, attribute, text);
    yield* inside(statement, text);
  }
}

/** Texts that are someone's choice; a changed `source` or `format` is a stage that does nothing, as one left out. */
const chosen = new Set(['value', 'replace', 'replacement', 'drop_counter_reason', 'template', 'separator']);

function* ofValue(
  block: Block,
  { name, value }: Statement & { kind: 'attribute' },
  text: string,
): Iterable<PipelineMutant> {
  const of = describeStage(block, text);
  for (const literal of literals(value)) {
    if (literal.type !== 'string' || !chosen.has(name.name)) continue;
    const known = unquote(literal.text);
    if (!('value' in known)) continue;
    yield replaced(text, literal, quote(`${known.value}-other`), `${of}: ${name.name} has another text`);
  }
  const parts = value.kind === 'object' ? value.fields : value.kind === 'list' ? value.items : [];
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    const previous = parts[index - 1];
    // With the comma behind it, or before it.
    const span =
      next !== undefined
        ? { start: part.start, end: next.start }
        : { start: previous?.end ?? part.start, end: part.end };
    yield cut(text, span, `${of}: ${name.name} without ${shorten(text.slice(part.start, part.end))}`);
  }
}

function literals(value: Expression): (Expression & { kind: 'literal' })[] {
  if (value.kind === 'literal') return [value];
  return value.kind === 'call' ? value.items.flatMap(literals) : [];
}

function cut(text: string, span: { start: number; end: number }, what: string): PipelineMutant {
  return replaced(text, span, '', what);
}

function replaced(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  by: string,
  what: string,
): PipelineMutant {
  return { what, text: text.slice(0, start) + by + text.slice(end), offset: start };
}
