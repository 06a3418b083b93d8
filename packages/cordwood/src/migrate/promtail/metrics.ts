import type { NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import {
  attribute,
  boolean,
  convertFields,
  convertTable,
  type Field,
  numbers,
  type Reader,
  readElsewhere,
  stageDuration,
  type Table,
  text,
} from './fields.ts';
import type { Place, YamlEntry, YamlValue } from './yaml-value.ts';

/** What Promtail puts before the names of its metrics; Alloy's own default is another one. */
const prefixDefault = 'promtail_custom_';

const head: readonly Field[] = [
  attribute('description', text),
  attribute('source', text),
  attribute('prefix', text, { absent: prefixDefault }),
  attribute('max_idle_duration', stageDuration),
];
/** Only the empty text is counted; Alloy takes an empty value for none and counts every one. */
const metricValue: Reader = (read, conversion) => {
  if (read.text !== '') return text(read, conversion);
  const hint = 'set an extracted value by stage.template where the text is empty, and count that';
  conversion.report(read.place, 'error', 'value: "" counts empty texts in Promtail, and every text in Alloy', hint);
  return undefined;
};
const value = attribute('value', metricValue);
/** Promtail takes it in any case. */
const action = attribute('action', (read) => read.text.toLowerCase());

/** `config` of each type. */
const configFields: Readonly<Record<string, readonly Field[]>> = {
  counter: [
    value,
    action,
    attribute('match_all', boolean, { omit: false }),
    attribute('count_entry_bytes', boolean, { omit: false }),
  ],
  gauge: [value, action],
  histogram: [value, attribute('buckets', numbers)],
};

const metricTable: Table = {
  goType: 'stage metrics',
  lenient: true,
  fields: [...head, readElsewhere('type'), readElsewhere('config')],
};

/** `stage.metrics`; in the order of their names, as `alloy convert` writes them. */
export function convertMetrics(value: YamlValue, place: Place, conversion: Conversion): NewItem | undefined {
  if (value.kind !== 'map') return conversion.cannotUnmarshal(value, 'stages.MetricsConfig');
  const entries = value.entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  const metrics = entries.flatMap((entry) => convertMetric(entry, conversion) ?? []);
  return conversion.block('stage.metrics', metrics, place);
}

function convertMetric({ key, place, value: metric }: YamlEntry, conversion: Conversion): NewItem | undefined {
  const type = metric.get('type')?.text.toLowerCase() ?? '';
  const fields = configFields[type];
  if (fields === undefined) {
    const known = Object.keys(configFields).join(', ');
    conversion.report(place, 'error', `metric ${key} has the type '${type}'`, `known are ${known}`);
    return undefined;
  }
  const config = metric.get('config');
  return conversion.block(
    `metric.${type}`,
    [
      conversion.attribute('name', key, place),
      ...convertTable(metric, metricTable, conversion),
      ...(config === undefined ? [] : convertConfig(config, fields, conversion)),
    ],
    place,
  );
}

function convertConfig(config: YamlValue, fields: readonly Field[], conversion: Conversion): NewItem[] {
  if (config.kind !== 'map') return convertFields(config, fields, conversion);
  return convertTable(config, { goType: 'config of a metric', lenient: true, fields }, conversion);
}
