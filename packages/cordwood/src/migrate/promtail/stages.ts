/** `pipeline_stages` -> the `stage.*` blocks of a `loki.process`. */
import type { NewItem } from '@cordwood/alloy';
import { checkStage } from './check-stage.ts';
import type { Conversion } from './conversion.ts';
import { convertDrop } from './drop.ts';
import { attribute, byteSize, convertTable, type Table, text, textMap, texts } from './fields.ts';
import { convertMetrics } from './metrics.ts';
import { stageKinds } from './stage-kinds.ts';
import { goType, type YamlEntry, type YamlValue } from './yaml-value.ts';

type ConvertStage = (value: YamlValue, entry: YamlEntry, conversion: Conversion) => NewItem | undefined;

/** Stages whose mapping is the values themselves. */
const valueStages: Readonly<Record<string, string>> = {
  labels: 'stage.labels',
  static_labels: 'stage.static_labels',
  structured_metadata: 'stage.structured_metadata',
  // Its name before Promtail 2.9.
  non_indexed_labels: 'stage.structured_metadata',
};
const listStages: Readonly<Record<string, string>> = {
  labeldrop: 'stage.label_drop',
  labelallow: 'stage.label_keep',
};

const convertValues: ConvertStage = (value, { key, place }, conversion) => {
  const values = textMap(null)(value, conversion);
  if (values === undefined) return undefined;
  return conversion.block(valueStages[key]!, [conversion.attribute('values', values)], place);
};

const convertList: ConvertStage = (value, { key, place }, conversion) => {
  const values = texts(value, conversion);
  if (values === undefined) return undefined;
  return conversion.block(listStages[key]!, [conversion.attribute('values', values)], place);
};

const matchTable: Table = {
  goType: 'stage match',
  lenient: true,
  fields: [
    attribute('selector', text),
    {
      from: 'stages',
      convert: ({ value }, conversion) => convertStages(value, conversion),
    },
    attribute('action', text, { omit: 'keep' }),
    attribute('pipeline_name', text),
    attribute('drop_counter_reason', text),
  ],
};

const convertMatch: ConvertStage = (value, { place }, conversion) => {
  return conversion.block('stage.match', convertTable(value, matchTable, conversion), place);
};

const special: ReadonlyMap<string, ConvertStage> = new Map<string, ConvertStage>([
  ...Object.keys(valueStages).map((name): [string, ConvertStage] => [name, convertValues]),
  ...Object.keys(listStages).map((name): [string, ConvertStage] => [name, convertList]),
  ['match', convertMatch],
  ['drop', (value, { place }, conversion) => convertDrop(value, place, conversion)],
  ['metrics', (value, { place }, conversion) => convertMetrics(value, place, conversion)],
]);

/** The stages that can be converted; the others are reported. */
export function convertStages(stages: YamlValue | undefined, conversion: Conversion): NewItem[] {
  if (stages === undefined || stages.kind === 'null') return [];
  if (stages.kind !== 'list') {
    conversion.cannotUnmarshal(stages, 'stages.PipelineStages');
    return [];
  }
  return stages.items.flatMap((stage) => convertStage(stage, conversion) ?? []);
}

function convertStage(stage: YamlValue, conversion: Conversion): NewItem | undefined {
  const { entries } = stage;
  if (stage.kind !== 'map' || entries.length !== 1) {
    const what = stage.kind === 'map' ? `a mapping with ${entries.length} keys` : goType(stage);
    conversion.report(
      stage.place,
      'critical',
      `a pipeline stage must be a mapping with one key, not ${what}`,
      'one stage for each list item: "- json: {…}"',
    );
    return undefined;
  }
  const entry = entries[0]!;
  // Of a match the stages within say it.
  if (entry.key !== 'match') reportBareBooleans(stage, conversion);
  const refusals = conversion.refusals.length;
  const converted = convertEntry(entry, conversion);
  // What is wrong with a nested stage was said at its own place.
  if (converted !== undefined && conversion.refusals.length === refusals)
    checkStage(converted, entry.place, conversion);
  return converted;
}

function reportBareBooleans(stage: YamlValue, conversion: Conversion): void {
  for (const { place, text: word } of stage.bareBooleans) {
    conversion.report(
      place,
      'warning',
      `Promtail reads the bare word ${word} as a boolean; here it is text`,
      `"${word}"`,
    );
  }
}

function convertEntry(entry: YamlEntry, conversion: Conversion): NewItem | undefined {
  const { key, value, place } = entry;
  const own = special.get(key);
  if (own !== undefined) return own(value, entry, conversion);
  const kind = stageKinds.find(({ from }) => from === key);
  if (kind !== undefined) return conversion.block(kind.to, convertTable(value, kind.table, conversion), place);
  conversion.report(
    place,
    'error',
    `The converter does not support converting the provided pipeline stage: ${key}`,
    'see the stages of loki.process for one that does the same',
  );
  return undefined;
}

/** Limits that Promtail applies behind the pipeline: its rate limiter first, then the client's line length. */
export function limitStages(limits: YamlValue | undefined, conversion: Conversion): NewItem[] {
  const of = (key: string) => {
    const value = limits?.get(key);
    return value?.kind === 'scalar' ? value : undefined;
  };
  const isTrue = (key: string, otherwise: boolean) =>
    of(key) === undefined ? otherwise : /^(true|yes|on|y)$/i.test(of(key)!.text);
  const stages: NewItem[] = [];
  const enabled = of('readline_rate_enabled');
  if (isTrue('readline_rate_enabled', false)) {
    const number = (key: string) => Number(of(key)?.text ?? '10000');
    stages.push(
      conversion.block(
        'stage.limit',
        [
          conversion.attribute('rate', number('readline_rate')),
          conversion.attribute('burst', number('readline_burst')),
          ...(isTrue('readline_rate_drop', true) ? [conversion.attribute('drop', true)] : []),
        ],
        enabled!.place,
      ),
    );
  }
  const size = of('max_line_size');
  const limit = size === undefined ? undefined : byteSize(size, conversion);
  if (limit === undefined || limit === '0B') return stages;
  if (isTrue('max_line_size_truncate', false)) {
    const rule = conversion.block('rule', [conversion.attribute('limit', limit)]);
    return [...stages, conversion.block('stage.truncate', [rule], size!.place)];
  }
  const reason = conversion.attribute('drop_counter_reason', 'line_too_long');
  return [...stages, conversion.block('stage.drop', [conversion.attribute('longer_than', limit), reason], size!.place)];
}
