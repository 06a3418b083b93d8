import {
  attribute,
  block,
  boolean,
  convertTable,
  goDuration,
  integer,
  type Reader,
  type Table,
  text,
  textMap,
} from '../fields.ts';
import { tlsConfig } from '../http-client.ts';
import type { SourceKind } from './source-kind.ts';

const formats = ['rfc5424', 'rfc3164', 'raw'];

const format: Reader = (value, conversion) => {
  if (formats.includes(value.text)) return value.text;
  conversion.report(
    value.place,
    'critical',
    `syslog_format "${value.text}" is not supported`,
    `Alloy knows ${formats.join(', ')}`,
  );
  return undefined;
};

const table: Table = {
  goType: 'scrapeconfig.SyslogTargetConfig',
  fields: [
    attribute('listen_address', text, { to: 'address' }),
    attribute('listen_protocol', text, { to: 'protocol', omit: 'tcp' }),
    attribute('idle_timeout', goDuration, { omit: '2m0s' }),
    attribute('label_structured_data', boolean, { omit: false }),
    attribute('labels', textMap(), { absent: { fields: [] } }),
    attribute('use_incoming_timestamp', boolean, { omit: false }),
    attribute('use_rfc5424_message', boolean, { omit: false }),
    // Zero means the default here, as in Promtail.
    attribute('max_message_length', integer, { absent: 0 }),
    attribute('syslog_format', format, { omit: 'rfc5424' }),
    attribute('rfc3164_default_to_current_year', boolean, { omit: false }),
    block('raw_format_options', {
      goType: 'scrapeconfig.RawFormatOptions',
      fields: [attribute('use_null_terminator_delimiter', boolean)],
    }),
    block('tls_config', tlsConfig),
    attribute('udp_queue_size', integer, { absent: 0 }),
    attribute('udp_host_cache_size', integer, { absent: 0 }),
  ],
};

export const syslog: SourceKind = {
  from: 'syslog',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    job.write(
      'loki.source.syslog',
      [
        conversion.block('listener', convertTable(value, table, conversion)),
        conversion.attribute('forward_to', receivers),
        conversion.attribute('relabel_rules', rules),
      ],
      value,
    );
  },
};
