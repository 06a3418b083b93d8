import { attribute, boolean, convertTable, readElsewhere, type Table, text } from '../fields.ts';
import type { Job } from '../job.ts';
import type { YamlValue } from '../yaml-value.ts';
import type { SourceKind } from './source-kind.ts';

const table: Table = {
  goType: 'scrapeconfig.GelfTargetConfig',
  fields: [
    attribute('listen_address', text, { omit: '0.0.0.0:12201' }),
    attribute('use_incoming_timestamp', boolean, { omit: false }),
    readElsewhere('labels'),
  ],
};

export const gelf: SourceKind = {
  from: 'gelf',
  convert(value, job) {
    const { conversion } = job;
    keepLabels(value.get('labels'), job);
    const receivers = job.receivers();
    const rules = job.relabelRules();
    job.write(
      'loki.source.gelf',
      [
        ...convertTable(value, table, conversion),
        conversion.attribute('forward_to', receivers),
        conversion.attribute('relabel_rules', rules),
      ],
      value,
    );
  },
};

/** Alloy's component has no `labels`: a rule sets each, before the rules of the file. */
function keepLabels(labels: YamlValue | undefined, job: Job): void {
  const { conversion } = job;
  const rules = (labels?.entries ?? []).map(({ key, value, place }) =>
    conversion.block(
      'rule',
      [
        conversion.attribute('target_label', key),
        conversion.attribute('replacement', conversion.text(value.text.replaceAll('$', '$$$$'))),
      ],
      place,
    ),
  );
  if (rules.length > 0) job.prependRules(rules);
}
