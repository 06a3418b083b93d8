import { attribute, convertTable, integer, prometheusDuration, type Table, text, textMap, texts } from '../fields.ts';
import type { SourceKind } from './source-kind.ts';

const table: Table = {
  goType: 'scrapeconfig.CloudflareConfig',
  fields: [
    attribute('api_token', text),
    attribute('zone_id', text),
    attribute('labels', textMap()),
    attribute('workers', integer, { omit: 3 }),
    attribute('pull_range', prometheusDuration, { omit: '1m0s' }),
    attribute('fields_type', text, { omit: 'default' }),
    attribute('additional_fields', texts),
  ],
};

export const cloudflare: SourceKind = {
  from: 'cloudflare',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receiversBehindRelabel();
    job.write(
      'loki.source.cloudflare',
      [...convertTable(value, table, conversion), conversion.attribute('forward_to', receivers)],
      value,
    );
  },
};
