/** Logs of the node itself: the journal in a cluster, files on one machine. */
import type { Platform } from '../platform.ts';
import { block, comment, list, map, spaced, text } from './alloy-text.ts';

/** The journals of the definition, on a node. The host's folders are mounted where journald would have them. */
export function clusterJournals(platform: Platform): string {
  const jobs = platform.scrapeJobs.filter(({ source }) => source === 'journal');
  return spaced(
    ...jobs.map((job) => {
      const name = job.name.replaceAll('-', '_');
      return spaced(
        comment(`${job.description}.`),
        block(
          `loki.relabel ${text(name)}`,
          'forward_to = []',
          '\n',
          spaced(
            ...(job.units === undefined
              ? []
              : [
                  block(
                    'rule',
                    'source_labels = ["__journal__systemd_unit"]',
                    `regex = ${text(job.units)}`,
                    'action = "keep"',
                  ),
                ]),
            relabelTo('__journal__systemd_unit', 'unit'),
            relabelTo('__journal__systemd_unit', 'service', `regex = ${text('(.+)[.]service')}`),
            relabelTo('__journal__hostname', 'node'),
            relabelTo('__journal_priority_keyword', 'level'),
            // As a label of the source it would be overwritten: a journal's job is the id of its component.
            block('rule', `replacement = ${text(job.name)}`, 'target_label = "job"'),
          ),
        ),
        block(
          `loki.source.journal ${text(name)}`,
          'path = "/var/log/journal"',
          'max_age = "12h"',
          ...(Object.keys(job.labels).length > 0 ? [`labels = ${map(job.labels)}`] : []),
          `relabel_rules = loki.relabel.${name}.rules`,
          'forward_to = [loki.process.redact.receiver]',
        ),
      );
    }),
  );
}

const relabelTo = (source: string, target: string, ...more: readonly string[]): string =>
  block('rule', `source_labels = ${list([source])}`, ...more, `target_label = ${text(target)}`);

/** Files instead of a journal. */
export function machineFiles(): string {
  return spaced(
    block(
      'local.file_match "machine"',
      `path_targets = [{
        "__path__" = coalesce(sys.env("CORDWOOD_MACHINE_LOGS"), "/var/log/*.log"),
        "job" = "machine",
        "namespace" = "machine",
      }]`,
    ),
    block(
      'loki.source.file "machine"',
      'targets = local.file_match.machine.targets',
      'forward_to = [loki.process.machine.receiver]',
    ),
    block(
      'loki.process "machine"',
      'forward_to = [loki.process.redact.receiver]',
      '\n',
      spaced(
        block('stage.regex', 'source = "filename"', `expression = ${text('/(?P<service>[^/]+)[.]log$')}`),
        block('stage.labels', `values = ${map({ service: '' })}`),
      ),
    ),
  );
}
