import type { NewExpression, NewField, NewItem } from '@cordwood/alloy';
import { addKind, convertDiscovery, nodeName } from './discovery.ts';
import { consulagent } from './discovery-kinds.ts';
import { attribute, block, boolean, convertFields, goDuration, text } from './fields.ts';
import type { Job } from './job.ts';
import type { YamlValue } from './yaml-value.ts';

const fields = [
  attribute('encoding', text),
  block('decompression', {
    goType: 'scrapeconfig.DecompressionConfig',
    fields: [
      attribute('enabled', boolean),
      attribute('initial_delay', goDuration, { omit: '0s' }),
      attribute('format', text),
    ],
  }),
];

/** Discovery and static targets of a job -> `loki.source.file`. */
export function convertFileTargets(job: Job): void {
  const { conversion, label, settings, value } = job;
  const found = convertDiscovery(value, label, conversion);
  addKind(found, value.get(consulagent.from), consulagent, label, conversion);
  job.items.push(...found.items);
  const statics = staticTargets(value, job);
  const targets = [...found.targets, ...(statics.length > 0 ? [statics] : [])];
  if (targets.length === 0) return;
  const receivers = job.receivers();
  dropForeignHosts(job, statics);
  const relabelled = job.relabelled(targets.length === 1 ? targets[0]! : { call: 'array.concat', items: targets });
  const period = settings.syncPeriod;
  job.write(
    'loki.source.file',
    [
      conversion.attribute('targets', relabelled),
      conversion.attribute('forward_to', receivers),
      ...convertFields(value, fields, conversion),
      ...(settings.fileWatch === undefined ? [] : [conversion.block('file_watch', settings.fileWatch)]),
      conversion.block('file_match', [
        conversion.attribute('enabled', true),
        ...(period === undefined ? [] : [conversion.attribute('sync_period', period)]),
      ]),
      conversion.attribute('legacy_positions_file', conversion.text(settings.positionsFile)),
    ],
    value,
  );
}

/** One target for each address of each static config; without an address it is this machine. */
function staticTargets(value: YamlValue, { conversion }: Job): NewExpression[] {
  const configs = value.get('static_configs');
  if (configs !== undefined && configs.kind !== 'list' && configs.kind !== 'null') {
    conversion.cannotUnmarshal(configs, '[]*targetgroup.Group');
  }
  return (configs?.items ?? []).flatMap((config) => {
    for (const { key, place } of config.entries) {
      if (key !== 'targets' && key !== 'labels') {
        conversion.refuse(place, `field ${key} not found in type struct { Targets []string; Labels model.LabelSet }`);
      }
    }
    const addresses = config.get('targets')?.items ?? [];
    const labels = (config.get('labels')?.entries ?? []).map((entry) => ({
      name: entry.key,
      field: conversion.field(entry.key, conversion.text(entry.value.text), entry.place),
    }));
    const target = (address: NewExpression): NewExpression => {
      const own = { name: '__address__', field: { name: '__address__', value: address } };
      const all = [own, ...labels.filter(({ name }) => name !== '__address__')];
      const sorted: NewField[] = all.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ field }) => field);
      return { fields: sorted };
    };
    if (addresses.length === 0) return [target('localhost')];
    return addresses.map((address) => target(conversion.text(address.text)));
  });
}

/**
 * Promtail leaves a target alone whose `__host__` is another machine. For pods the node selector does that; for everything
 * else a rule must.
 */
function dropForeignHosts(job: Job, statics: readonly NewExpression[]): void {
  const { conversion, value } = job;
  const named = JSON.stringify(statics).includes('"__host__"');
  const written = job.rules().some(writesHost);
  if (!named && !(written && hasTargetsBesidesPods(value))) return;
  const rule: NewItem[] = [
    conversion.attribute('source_labels', ['__host__']),
    conversion.attribute('regex', { code: `"(" + ${nodeName} + ")?"` }),
    conversion.attribute('action', 'keep'),
  ];
  job.appendRules([conversion.block('rule', rule)]);
}

function writesHost(rule: NewItem): boolean {
  return (
    rule.kind === 'block' &&
    rule.body.some((item) => item.kind === 'attribute' && item.name === 'target_label' && item.value === '__host__')
  );
}

function hasTargetsBesidesPods(value: YamlValue): boolean {
  return value.entries.some(({ key, value: list }) => {
    if (!key.endsWith('_sd_configs') && key !== 'static_configs') return false;
    return key !== 'kubernetes_sd_configs' || list.items.some((config) => config.get('role')?.text !== 'pod');
  });
}

/** Keys of a scrape config that this file reads. */
export const fileKeys: readonly string[] = [...fields.map(({ from }) => from), 'static_configs', consulagent.from];
