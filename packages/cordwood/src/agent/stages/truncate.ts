import { blocks, byteSizeType, enumType, listType, optional, required, schema, stringType } from '@cordwood/alloy';
import { decodeLine } from '../log-entry.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';

const ruleSchema = schema({
  attributes: {
    limit: required(byteSizeType),
    suffix: optional(stringType, ''),
    sources: optional(listType(stringType), []),
    source_type: optional(enumType('line', 'label', 'structured_metadata', 'extracted'), 'line'),
  },
  validate(args, report) {
    if (args.limit <= 0) report('limit', 'limit must be greater than 0');
    else if (Buffer.byteLength(args.suffix) >= args.limit)
      report('suffix', 'suffix length must be less than the limit');
    if (args.source_type === 'line' && args.sources.length > 0)
      report('sources', "sources cannot be set when source_type is 'line'");
  },
});

interface Rule {
  readonly limit: number;
  readonly suffix: string;
  readonly sources: readonly string[];
  readonly source_type: 'line' | 'label' | 'structured_metadata' | 'extracted';
}

const argumentSchema = schema({
  blocks: { rule: blocks(ruleSchema) },
  validate(args, report) {
    if (args.rule.length === 0) report(undefined, 'truncate stage must contain at least one rule');
  },
});

/**
 * Cuts values that are too long, in bytes; what remains together with the suffix is not longer than the limit. Sets the
 * extracted value `truncated` to the kinds of fields that were cut.
 */
export const truncate: StageDefinition<{ readonly rule: readonly Rule[] }> = {
  name: 'truncate',
  schema: argumentSchema,
  create(args, context) {
    const counter = context.metrics.counter(
      'loki_process_truncated_fields_total',
      'A count of all fields that were truncated',
    );
    return {
      process(entries) {
        for (const entry of entries) {
          const kinds = new Set<string>();
          for (const rule of args.rule) {
            const count = apply(rule, entry);
            if (count === 0) continue;
            kinds.add(rule.source_type);
            counter.add(count, { field: rule.source_type });
          }
          if (kinds.size > 0) entry.extracted.set('truncated', [...kinds].sort().join(','));
        }
        return entries;
      },
    };
  },
};

/** The text cut to the limit, or undefined when it is short enough. A character that is cut apart leaves its first bytes. */
function cut(text: string, rule: Rule): string | undefined {
  if (text.length * 3 <= rule.limit) return undefined;
  const bytes = Buffer.from(text);
  if (bytes.length <= rule.limit) return undefined;
  return decodeLine(bytes, 0, rule.limit - Buffer.byteLength(rule.suffix)) + rule.suffix;
}

/** Number of values that were cut. */
function apply(rule: Rule, entry: PipelineEntry): number {
  let count = 0;
  const wanted = (name: string) => rule.sources.length === 0 || rule.sources.includes(name);
  switch (rule.source_type) {
    case 'line': {
      if (entry.lineBytes() <= rule.limit) return 0;
      const bytes = entry.bytes();
      entry.setText(decodeLine(bytes, 0, rule.limit - Buffer.byteLength(rule.suffix)) + rule.suffix);
      return 1;
    }
    case 'label':
      for (const { name, value } of entry.labels.labels) {
        const short = wanted(name) ? cut(value, rule) : undefined;
        if (short === undefined) continue;
        entry.labels = entry.labels.with(name, short);
        count++;
      }
      return count;
    case 'structured_metadata':
      entry.structuredMetadata = entry.structuredMetadata.map((label) => {
        const short = wanted(label.name) ? cut(label.value, rule) : undefined;
        if (short === undefined) return label;
        count++;
        return { name: label.name, value: short };
      });
      return count;
    case 'extracted':
      for (const name of entry.extracted.names()) {
        const value = wanted(name) ? entry.extracted.get(name) : undefined;
        const short = typeof value === 'string' ? cut(value, rule) : undefined;
        if (short === undefined) continue;
        entry.extracted.set(name, short);
        count++;
      }
      return count;
  }
}
