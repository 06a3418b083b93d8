import { attribute, boolean, convertFields, convertTable, readElsewhere, text, textMap, texts } from '../fields.ts';
import type { SourceKind } from './source-kind.ts';

const head = [attribute('fully_qualified_namespace', text), attribute('event_hubs', texts)];
const connection = attribute('connection_string', text);
const tail = [
  // Under another group every hub would be read again.
  attribute('group_id', text, { absent: 'promtail' }),
  attribute('use_incoming_timestamp', boolean, { omit: false }),
  attribute('disallow_custom_messages', boolean, { omit: false }),
];
const labels = attribute('labels', textMap());

export const azureEventHubs: SourceKind = {
  from: 'azure_event_hubs',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    const known = [...head, connection, ...tail, labels].map(({ from }) => readElsewhere(from));
    convertTable(value, { goType: 'scrapeconfig.AzureEventHubsTargetConfig', fields: known }, conversion);
    job.write(
      'loki.source.azure_event_hubs',
      [
        ...convertFields(value, head, conversion),
        // Promtail knows no other way to authenticate; Alloy refuses an empty mechanism.
        conversion.block('authentication', [
          conversion.attribute('mechanism', 'connection_string'),
          ...convertFields(value, [connection], conversion),
        ]),
        ...convertFields(value, tail, conversion),
        conversion.attribute('relabel_rules', rules),
        ...convertFields(value, [labels], conversion),
        conversion.attribute('forward_to', receivers),
      ],
      value,
    );
  },
};
