import { attribute, boolean, convertFields, convertTable, readElsewhere, textMap } from '../fields.ts';
import { convertServer } from '../server.ts';
import type { SourceKind } from './source-kind.ts';

const fields = [attribute('labels', textMap()), attribute('use_incoming_timestamp', boolean, { omit: false })];

export const herokuDrain: SourceKind = {
  from: 'heroku_drain',
  convert(value, job) {
    const { conversion } = job;
    const receivers = job.receivers();
    const rules = job.relabelRules();
    const known = [...fields.map(({ from }) => from), 'server'].map(readElsewhere);
    convertTable(value, { goType: 'scrapeconfig.HerokuDrainTargetConfig', fields: known }, conversion);
    job.write(
      'loki.source.heroku',
      [
        ...convertServer(value.get('server'), 'heroku_drain', conversion),
        ...convertFields(value, fields, conversion),
        conversion.attribute('forward_to', receivers),
        conversion.attribute('relabel_rules', rules),
      ],
      value,
    );
  },
};
