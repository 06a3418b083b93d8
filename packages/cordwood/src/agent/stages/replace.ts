import { type ArgumentsOf, optional, required, schema, stringType } from '@cordwood/alloy';
import type { Re2 } from '../../extract/re2.ts';
import { regexType } from '../argument-types.ts';
import { LiteralFilter } from '../literal-filter.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { replacementType, TemplateData } from '../template.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    expression: required(regexType),
    source: optional(stringType, ''),
    replace: optional(replacementType, replacementType.zero),
  },
  validate(args, report) {
    if (args.expression.source === '') report('expression', 'expression is required');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Rewrites what the groups of an expression capture, in every match; text outside of groups stays. `replace` is a template
 * with `.Value` = the captured text. Named groups are stored as extracted values, with the new text of the first match.
 * A template that fails leaves everything as it was.
 */
export const replace: StageDefinition<Arguments> = {
  name: 'replace',
  schema: argumentSchema,
  create(args) {
    const { expression, source } = args;
    if (expression.groupNames.length === 1) return { process: (entries) => entries };
    const filter = new LiteralFilter(expression);
    const names = expression.groupNames.flatMap((name, index) => (name === '' ? [] : [[name, index] as const]));
    return {
      process(entries) {
        for (const entry of entries) {
          const text = textOf(entry, source, filter);
          if (text === undefined) continue;
          const result = rewrite(text, expression, (value) => substitute(args, entry, value));
          if (result === undefined) continue;
          for (const [name, index] of names) {
            const value = result.firstGroups[index];
            if (value !== undefined) entry.extracted.set(name, value);
          }
          if (result.text === text) continue;
          if (source === '') entry.setText(result.text);
          else entry.extracted.set(source, result.text);
        }
        return entries;
      },
    };
  },
};

/** The text to rewrite; undefined when there is none that could match. */
function textOf(entry: PipelineEntry, source: string, filter: LiteralFilter): string | undefined {
  if (source === '') return filter.mayMatch(entry) ? entry.text : undefined;
  const text = valueText(entry.extracted.get(source));
  return text !== undefined && filter.mayMatchText(text) ? text : undefined;
}

function substitute(args: Arguments, entry: PipelineEntry, value: string): string | undefined {
  return args.replace.constant ?? args.replace.execute(new TemplateData(entry, new Map([['Value', value]])));
}

interface Rewritten {
  readonly text: string;
  /** New texts of the groups of the first match. */
  readonly firstGroups: readonly (string | undefined)[];
}

/** The text with the groups of all matches replaced; undefined without a match, or when a replacement fails. */
function rewrite(text: string, regex: Re2, replacement: (value: string) => string | undefined): Rewritten | undefined {
  let out = '';
  let copiedTo = 0;
  let firstGroups: (string | undefined)[] | undefined;
  for (let from = 0; from <= text.length; ) {
    const match = regex.exec(text, from);
    if (match === null) break;
    const spans = groupSpans(regex, text, from, match);
    const replaced: (string | undefined)[] = [];
    for (let group = 1; group * 2 < spans.length; group++) {
      const start = spans[group * 2]!;
      const end = spans[group * 2 + 1]!;
      if (start < 0) continue;
      const value = replacement(text.slice(start, end));
      if (value === undefined) return undefined;
      replaced[group] = value;
      // A group inside a group that was replaced is part of that.
      if (start < copiedTo) continue;
      out += text.slice(copiedTo, start) + value;
      copiedTo = end;
    }
    firstGroups ??= replaced;
    if (match.end > from) from = match.end;
    else from += (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
  }
  return firstGroups && { text: out + text.slice(copiedTo), firstGroups };
}

/** Start and end of the match and of each group. */
function groupSpans(
  regex: Re2,
  text: string,
  from: number,
  match: { readonly start: number; readonly end: number; readonly groups: readonly (string | undefined)[] },
): ArrayLike<number> {
  // The usual redaction captures all that it matches: then the offsets are known.
  if (match.groups.length === 2 && match.groups[1]?.length === match.end - match.start) {
    return [match.start, match.end, match.start, match.end];
  }
  return regex.execIndices(text, from) ?? [];
}
