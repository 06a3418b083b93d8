import { attribute, boolean, convertTable, readElsewhere, textMap } from '../fields.ts';
import { convertServer } from '../server.ts';
import type { SourceKind } from './source-kind.ts';

const labels = attribute('labels', textMap());
const incoming = attribute('use_incoming_timestamp', boolean, { to: 'use_incoming_timestamp', omit: false });

/** Promtail's own push endpoint. It takes messages of any size; Alloy's default of 100 MiB is more than Loki accepts. */
export const lokiPushApi: SourceKind = {
  from: 'loki_push_api',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    const server = value.get('server');
    if (server?.get('http_listen_port') === undefined) {
      conversion.report(
        value.place,
        'info',
        'Promtail listens on port 80 by default, Alloy on 8080',
        'set server.http_listen_port',
      );
    }
    const own = (field: typeof labels) => {
      const entry = value.entries.find(({ key }) => key === field.from);
      return entry === undefined ? [] : field.convert(entry, conversion);
    };
    const keys = ['server', 'labels', 'use_incoming_timestamp'];
    convertTable(value, { goType: 'scrapeconfig.PushTargetConfig', fields: keys.map(readElsewhere) }, conversion);
    job.write(
      'loki.source.api',
      [
        ...convertServer(server, 'loki_push_api', conversion),
        conversion.attribute('forward_to', receivers),
        ...own(labels),
        conversion.attribute('relabel_rules', rules),
        ...own(incoming),
      ],
      value,
    );
  },
};
