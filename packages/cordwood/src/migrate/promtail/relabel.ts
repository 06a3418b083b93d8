import type { NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import { attribute, convertTable, integer, type Table, text, texts } from './fields.ts';
import type { YamlValue } from './yaml-value.ts';

const relabelRule: Table = {
  goType: 'relabel.plain',
  fields: [
    attribute('source_labels', texts),
    attribute('separator', text, { omit: ';' }),
    attribute('regex', text, { omit: '(.*)' }),
    attribute('modulus', integer, { omit: 0 }),
    attribute('target_label', text),
    attribute('replacement', text, { omit: '$1' }),
    attribute('action', text, { omit: 'replace' }),
  ],
};

/** `rule` blocks of `relabel_configs`. */
export function convertRules(configs: YamlValue | undefined, conversion: Conversion): NewItem[] {
  if (configs === undefined || configs.kind === 'null') return [];
  if (configs.kind !== 'list') conversion.cannotUnmarshal(configs, '[]*relabel.Config');
  return configs.items.map((config) => {
    return conversion.block('rule', convertTable(config, relabelRule, conversion), config.place);
  });
}
