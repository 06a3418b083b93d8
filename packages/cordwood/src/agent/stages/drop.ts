import {
  type ArgumentsOf,
  byteSizeType,
  durationType,
  nullableType,
  optional,
  schema,
  stringType,
} from '@cordwood/alloy';
import { regexType } from '../argument-types.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    source: optional(stringType, ''),
    separator: optional(stringType, ';'),
    value: optional(stringType, ''),
    expression: optional(nullableType(regexType), undefined),
    older_than: optional(durationType, 0),
    longer_than: optional(byteSizeType, 0),
    drop_counter_reason: optional(stringType, 'drop_stage'),
  },
  validate(args, report) {
    const expression = args.expression !== undefined && args.expression.source !== '';
    if (args.source === '' && !expression && args.older_than === 0 && args.longer_than === 0) {
      report(
        undefined,
        'drop stage config must contain at least one of `source`, `expression`, `older_than` or `longer_than`',
      );
    } else if (args.value !== '' && expression) {
      report('value', 'drop stage config error, `value` and `expression` cannot both be defined at the same time');
    } else if (args.value !== '' && args.source === '') {
      report('value', 'drop stage config must contain `source` if `value` is specified');
    }
  },
});

/** Drops the entries for which all given conditions hold. */
export const drop: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'drop',
  schema: argumentSchema,
  create(args, context) {
    const sources = args.source === '' ? [] : args.source.split(',');
    const separator = args.separator === '' ? ';' : args.separator;
    const expression = args.expression?.source === '' ? undefined : args.expression;
    const olderThanNs = BigInt(Math.round(args.older_than * 1e6));

    const matches = (entry: PipelineEntry, nowNs: bigint): boolean => {
      // Cheap conditions first; the result is the same in any order.
      if (args.longer_than !== 0 && entry.lineBytes() <= args.longer_than) return false;
      if (olderThanNs !== 0n && nowNs - entry.timestampNs <= olderThanNs) return false;
      if (sources.length === 0) {
        if (expression === undefined) return true;
        const { chunk } = entry;
        return chunk === undefined
          ? expression.test(entry.text)
          : expression.testBytes(chunk.bytes, entry.start, entry.end);
      }
      if (args.value === '' && expression === undefined) return sources.every((source) => entry.extracted.has(source));
      const texts: string[] = [];
      for (const source of sources) {
        // A missing key is skipped; a value without text (null) means that the entry stays.
        if (!entry.extracted.has(source)) continue;
        const text = valueText(entry.extracted.get(source));
        if (text === undefined) return false;
        texts.push(text);
      }
      const joined = texts.join(separator);
      return expression === undefined ? joined === args.value : expression.test(joined);
    };

    return {
      process(entries) {
        const nowNs = olderThanNs === 0n ? 0n : context.clock.nowNs();
        const kept = entries.filter((entry) => !matches(entry, nowNs));
        if (kept.length < entries.length)
          context.dropped(args.drop_counter_reason || 'drop_stage', entries.length - kept.length);
        return kept;
      },
    };
  },
};
