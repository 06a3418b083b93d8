import type { NewItem } from '@cordwood/alloy';
import type { Conversion } from '../conversion.ts';
import {
  attribute,
  boolean,
  convertFields,
  convertTable,
  type Field,
  goDuration,
  readElsewhere,
  text,
  textMap,
} from '../fields.ts';
import { convertServer } from '../server.ts';
import type { YamlValue } from '../yaml-value.ts';
import type { SourceKind } from './source-kind.ts';

const pullOnly: readonly Field[] = [attribute('project_id', text), attribute('subscription', text)];
const shared: readonly Field[] = [
  attribute('labels', textMap()),
  attribute('use_incoming_timestamp', boolean, { omit: false }),
  attribute('use_full_line', boolean, { omit: false }),
];
const pushTimeout = attribute('push_timeout', goDuration);
const keys = [...pullOnly, ...shared, pushTimeout].map(({ from }) => from).concat('subscription_type', 'server');

export const gcplog: SourceKind = {
  from: 'gcplog',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    convertTable(value, { goType: 'scrapeconfig.GcplogTargetConfig', fields: keys.map(readElsewhere) }, conversion);
    job.write(
      'loki.source.gcplog',
      [
        ...subscription(value, conversion),
        conversion.attribute('forward_to', receivers),
        conversion.attribute('relabel_rules', rules),
      ],
      value,
    );
  },
};

function subscription(value: YamlValue, conversion: Conversion): NewItem[] {
  const type = value.get('subscription_type');
  switch (type?.text ?? '') {
    case '':
    case 'pull':
      return [conversion.block('pull', convertFields(value, [...pullOnly, ...shared], conversion))];
    case 'push': {
      const server = convertServer(value.get('server'), 'gcplog', conversion);
      return [conversion.block('push', [...server, ...convertFields(value, [pushTimeout, ...shared], conversion)])];
    }
    default:
      conversion.report(
        type!.place,
        'error',
        `subscription_type "${type!.text}" of gcplog is not supported`,
        'Alloy knows pull and push',
      );
      return [];
  }
}
