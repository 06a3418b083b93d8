import { type ArgumentsOf, optional, schema, stringType } from '@cordwood/alloy';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    label: optional(stringType, ''),
    source: optional(stringType, ''),
    value: optional(stringType, ''),
  },
  validate(args, report) {
    const given = [args.label, args.source, args.value].filter((text) => text !== '').length;
    if (given === 0) report(undefined, 'label, source or value config are required');
    if (given > 1) {
      report(
        undefined,
        'label, source and value are mutually exclusive: you should set source, value or label but not all',
      );
    }
  },
});

/** Label by which `loki.write` picks the tenant of an entry. */
export const tenantLabel = '__tenant_id__';

/** Sets the tenant. What gives nothing leaves the tenant that is there. */
export const tenant: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'tenant',
  schema: argumentSchema,
  create(args) {
    const of = (entry: PipelineEntry): string | undefined => {
      if (args.value !== '') return args.value;
      return args.label !== '' ? entry.labels.get(args.label) : valueText(entry.extracted.get(args.source));
    };
    return {
      process(entries) {
        for (const entry of entries) {
          const id = of(entry);
          if (id !== undefined && id !== '') entry.labels = entry.labels.with(tenantLabel, id);
        }
        return entries;
      },
    };
  },
};
