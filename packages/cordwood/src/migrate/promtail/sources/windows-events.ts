import {
  attribute,
  boolean,
  convertFields,
  convertTable,
  goDuration,
  integer,
  readElsewhere,
  text,
  textMap,
} from '../fields.ts';
import type { SourceKind } from './source-kind.ts';

const head = [
  attribute('locale', integer, { omit: 0 }),
  attribute('eventlog_name', text),
  attribute('xpath_query', text, { omit: '*' }),
  attribute('poll_interval', goDuration, { omit: '3s' }),
  attribute('exclude_event_data', boolean, { omit: false }),
  attribute('exclude_user_data', boolean, { omit: false }),
  attribute('exclude_event_message', boolean, { omit: false }),
  attribute('use_incoming_timestamp', boolean, { omit: false }),
];
const tail = [attribute('labels', textMap()), attribute('bookmark_path', text, { to: 'legacy_bookmark_path' })];

export const windowsEvents: SourceKind = {
  from: 'windows_events',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receiversBehindRelabel();
    const known = [...head, ...tail].map(({ from }) => readElsewhere(from));
    convertTable(value, { goType: 'scrapeconfig.WindowsEventsTargetConfig', fields: known }, conversion);
    job.write(
      'loki.source.windowsevent',
      [
        ...convertFields(value, head, conversion),
        conversion.attribute('forward_to', receivers),
        ...convertFields(value, tail, conversion),
      ],
      value,
    );
  },
};
