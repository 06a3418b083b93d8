import { attribute, block, boolean, convertTable, noEquivalent, type Table, text, textMap, texts } from '../fields.ts';
import { tlsConfig } from '../http-client.ts';
import type { SourceKind } from './source-kind.ts';

/** In `sasl_config` the keys of TLS stand beside the others; Alloy has a block for them. */
const tlsKeys = tlsConfig.fields.map((field) => field.from);

const saslConfig: Table = {
  goType: 'scrapeconfig.KafkaSASLConfig',
  fields: [
    attribute('mechanism', text),
    attribute('user', text),
    attribute('password', text),
    attribute('use_tls', boolean, { omit: false }),
    block('oauth_config', {
      goType: 'scrapeconfig.OAuthConfig',
      fields: [attribute('token_provider', text), attribute('scopes', texts)],
    }),
  ],
};

const sasl: Table = {
  goType: saslConfig.goType,
  fields: [...saslConfig.fields, ...tlsKeys.map((from) => ({ from, convert: () => [] }))],
};

const authentication: Table = {
  goType: 'scrapeconfig.KafkaAuthentication',
  fields: [
    attribute('type', text),
    block('tls_config', tlsConfig),
    {
      from: 'sasl_config',
      convert({ value, place }, conversion) {
        const body = convertTable(value, sasl, conversion);
        const given = value.entries.filter(({ key }) => tlsKeys.includes(key));
        const tls = tlsConfig.fields.flatMap((field) => {
          const entry = given.find(({ key }) => key === field.from);
          return entry === undefined ? [] : field.convert(entry, conversion);
        });
        const last = tls.length === 0 ? [] : [conversion.block('tls_config', tls)];
        return [conversion.block('sasl_config', [...body, ...last], place)];
      },
    },
  ],
};

const table: Table = {
  goType: 'scrapeconfig.KafkaTargetConfig',
  fields: [
    attribute('brokers', texts),
    attribute('topics', texts),
    // Under another group the whole topic would be read again.
    attribute('group_id', text, { absent: 'promtail' }),
    attribute('assignor', text, { omit: 'range' }),
    attribute('version', text, { omit: '2.2.1' }),
    block('authentication', authentication),
    attribute('use_incoming_timestamp', boolean, { omit: false }),
    attribute('labels', textMap()),
    noEquivalent(
      'message_key_label',
      'error',
      'kafka.message_key_label has no equivalent',
      'relabel __meta_kafka_message_key',
    ),
  ],
};

export const kafka: SourceKind = {
  from: 'kafka',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    job.write(
      'loki.source.kafka',
      [
        ...convertTable(value, table, conversion),
        conversion.attribute('forward_to', receivers),
        conversion.attribute('relabel_rules', rules),
      ],
      value,
    );
  },
};
