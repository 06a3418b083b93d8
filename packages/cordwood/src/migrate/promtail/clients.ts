import type { NewExpression, NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import {
  attribute,
  boolean,
  byteSize,
  convertFields,
  convertTable,
  type Field,
  goDuration,
  integer,
  readElsewhere,
  text,
  textMap,
} from './fields.ts';
import { httpClientFields } from './http-client.ts';
import type { YamlValue } from './yaml-value.ts';

/** `backoff_config` has a block of its own in the YAML; in Alloy its keys stand in the endpoint. */
const backoffFields: readonly Field[] = [
  attribute('min_period', goDuration, { to: 'min_backoff_period', omit: '500ms' }),
  attribute('max_period', goDuration, { to: 'max_backoff_period', omit: '5m0s' }),
  attribute('max_retries', integer, { to: 'max_backoff_retries', omit: 10 }),
];

const fields: readonly Field[] = [
  attribute('name', text),
  attribute('url', text),
  attribute('batchwait', goDuration, { to: 'batch_wait', omit: '1s' }),
  attribute('batchsize', byteSize, { to: 'batch_size', omit: '1MiB' }),
  attribute('timeout', goDuration, { to: 'remote_timeout', omit: '10s' }),
  attribute('headers', textMap()),
  {
    from: 'backoff_config',
    convert: ({ value }, conversion) =>
      convertTable(value, { goType: 'backoff.Config', fields: backoffFields }, conversion),
  },
  attribute('tenant_id', text),
  {
    from: 'drop_rate_limited_batches',
    convert({ value, place }, conversion) {
      const drops = boolean(value, conversion) === true;
      return drops ? [conversion.attribute('retry_on_http_429', false, place)] : [];
    },
  },
  readElsewhere('external_labels'),
  ...httpClientFields,
];
const externalLabels = attribute('external_labels', textMap(), { absent: { fields: [] } });

export interface Writers {
  /** `loki.write` components; they stand at the end of the file. */
  readonly items: readonly NewItem[];
  readonly receivers: readonly NewExpression[];
}

/** A `loki.write` for each client; the old single `client` comes last. */
export function convertClients(root: YamlValue, conversion: Conversion): Writers {
  const clients = [...(root.get('clients')?.items ?? [])];
  const single = root.get('client');
  if (single?.get('url') !== undefined) clients.push(single);
  const maxStreams = root.get('limits_config')?.get('max_streams');
  const items = clients.map((client, i) => {
    const body = [
      conversion.block('endpoint', convertTable(client, { goType: 'client.raw', fields }, conversion)),
      ...convertFields(client, [externalLabels], conversion),
      ...(maxStreams === undefined || maxStreams.text === '0' ? [] : [streams(maxStreams, conversion)]),
    ];
    return conversion.block('loki.write', body, client.place, writerLabel(i));
  });
  return { items, receivers: clients.map((_, i) => ({ code: `loki.write.${writerLabel(i)}.receiver` })) };
}

function streams(maxStreams: YamlValue, conversion: Conversion): NewItem {
  return conversion.attribute('max_streams', integer(maxStreams, conversion) ?? 0, maxStreams.place);
}

function writerLabel(index: number): string {
  return index === 0 ? 'default' : `default_${index + 1}`;
}
