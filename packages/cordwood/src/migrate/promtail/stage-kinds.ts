/**
 * Pipeline stages that a table turns into Alloy's; the others (drop, match, metrics, lists of labels) are in `stages.ts`.
 * Promtail decodes stages without complaint about unknown keys, so their tables are lenient.
 */
import {
  attribute,
  boolean,
  type Field,
  integer,
  number,
  stageDuration,
  type Table,
  text,
  textMap,
  texts,
} from './fields.ts';

export interface StageKind {
  /** Its key in `pipeline_stages`. */
  readonly from: string;
  /** `stage.json` */
  readonly to: string;
  readonly table: Table;
}

function kind(from: string, fields: readonly Field[], to = `stage.${from}`): StageKind {
  return { from, to, table: { goType: `stage ${from}`, fields, lenient: true } };
}

const source = attribute('source', text);

export const stageKinds: readonly StageKind[] = [
  kind('json', [attribute('expressions', textMap()), source, attribute('drop_malformed', boolean, { omit: false })]),
  kind('logfmt', [attribute('mapping', textMap()), source]),
  kind('regex', [attribute('expression', text), source]),
  kind('replace', [attribute('expression', text), source, attribute('replace', text)]),
  kind('cri', [
    attribute('max_partial_lines', integer, { omit: 100 }),
    // The two keys are new; old versions of Promtail have neither.
    attribute('max_partial_line_size', integer, { omit: 0 }),
    attribute('max_partial_line_size_truncate', boolean, { omit: false }),
  ]),
  kind('docker', []),
  kind('decolorize', []),
  kind('timestamp', [
    source,
    attribute('format', text),
    attribute('fallback_formats', texts),
    attribute('location', text),
    attribute('action_on_failure', text, { omit: 'fudge' }),
    // Alloy moves equal timestamps apart since 1.17; Promtail never did.
    {
      from: 'action_on_duplicate_timestamp',
      convert: () => [],
      absent: (conversion) => [conversion.attribute('action_on_duplicate_timestamp', 'keep')],
    },
  ]),
  kind('output', [source]),
  kind('template', [source, attribute('template', text)]),
  kind('tenant', [attribute('label', text), source, attribute('value', text)]),
  kind('limit', [
    attribute('rate', number),
    attribute('burst', integer),
    attribute('drop', boolean, { omit: false }),
    attribute('by_label_name', text),
    attribute('max_distinct_labels', integer, { omit: 0 }),
  ]),
  kind('sampling', [attribute('rate', number), attribute('drop_counter_reason', text)]),
  kind('multiline', [
    attribute('firstline', text),
    attribute('max_lines', integer),
    attribute('max_wait_time', stageDuration),
  ]),
  kind('pack', [attribute('labels', texts), attribute('ingest_timestamp', boolean, { omit: true })]),
  kind('eventlogmessage', [
    source,
    attribute('drop_invalid_labels', boolean, { omit: false }),
    attribute('overwrite_existing', boolean, { omit: false }),
  ]),
  kind('geoip', [attribute('db', text), source, attribute('db_type', text)]),
];
