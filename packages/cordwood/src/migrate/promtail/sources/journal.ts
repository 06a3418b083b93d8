import { type NewExpression, printDuration } from '@cordwood/alloy';
import { parseGoDurationMs } from '../../../config/duration.ts';
import type { Conversion } from '../conversion.ts';
import { attribute, boolean, convertTable, type Reader, readElsewhere, type Table, text, textMap } from '../fields.ts';
import type { Job } from '../job.ts';
import type { YamlValue } from '../yaml-value.ts';
import type { SourceKind } from './source-kind.ts';

const maxAge: Reader = (value, conversion) => {
  const durationMs = parseGoDurationMs(value.text);
  if (durationMs !== undefined) return printDuration(durationMs);
  conversion.report(value.place, 'error', `max_age of journal: time: invalid duration "${value.text}"`, 'like 12h');
  return undefined;
};

const table: Table = {
  goType: 'scrapeconfig.JournalTargetConfig',
  fields: [
    attribute('json', boolean, { to: 'format_as_json', omit: false }),
    attribute('max_age', maxAge, { omit: '7h0m0s' }),
    attribute('path', text),
    attribute('matches', text),
    readElsewhere('labels'),
  ],
};

export const journal: SourceKind = {
  from: 'journal',
  convert(value, job) {
    const { conversion } = job;
    keepJobLabel(value, job);
    const receivers = job.receivers();
    const labels = value.get('labels');
    const fixed = labels === undefined ? undefined : labelsBesidesJob(labels, conversion);
    job.write(
      'loki.source.journal',
      [
        ...convertTable(value, table, conversion),
        conversion.attribute('relabel_rules', job.relabelRules()),
        conversion.attribute('forward_to', receivers),
        ...(fixed === undefined ? [] : [conversion.attribute('labels', fixed, labels!.place)]),
        ...legacyPosition(job),
      ],
      value,
    );
  },
};

function labelsBesidesJob(labels: YamlValue, conversion: Conversion): NewExpression | undefined {
  const all = textMap()(labels, conversion);
  if (all === undefined || all === null || typeof all !== 'object' || !('fields' in all)) return undefined;
  const fields = all.fields.filter(({ name }) => name !== 'job');
  return fields.length === 0 && all.fields.length > 0 ? undefined : { fields };
}

/** Alloy sets `job` to the id of the component, whatever `labels` says; a rule sets it back, before the rules of the file. */
function keepJobLabel(value: YamlValue, job: Job): void {
  const { conversion } = job;
  const name = value.get('labels')?.get('job');
  if (name?.kind !== 'scalar') {
    conversion.report(
      value.place,
      'info',
      `Alloy adds the label job="loki.source.journal.${job.label}" that Promtail did not have`,
      'a rule {action = "labeldrop", regex = "job"} takes it away',
    );
    return;
  }
  const rule = [
    conversion.attribute('target_label', 'job'),
    conversion.attribute('replacement', conversion.text(name.text.replaceAll('$', '$$$$'))),
  ];
  job.prependRules([conversion.block('rule', rule)]);
}

/** Where Promtail had read to, when the file says where it keeps that. */
function legacyPosition({ conversion, name, settings, value }: Job) {
  if (!settings.hasPositions) {
    conversion.report(
      value.get('journal')!.place,
      'info',
      `the journal's position is not taken over: up to max_age of it is sent again`,
      "give positions.filename in the Promtail file, or add legacy_position yourself; see 'cordwood migrate positions'",
    );
    return [];
  }
  return [
    conversion.block('legacy_position', [
      conversion.attribute('file', conversion.text(settings.positionsFile)),
      conversion.attribute('name', conversion.text(name)),
    ]),
  ];
}
