import { docker } from './discovery-kinds.ts';
import { convertFields, convertTable, text } from './fields.ts';
import { httpClientFields } from './http-client.ts';
import type { Job } from './job.ts';

/** Each of `docker_sd_configs` is a discovery and a source that reads the containers' logs from the same daemon. */
export function convertDocker(job: Job): void {
  const { conversion, value } = job;
  const list = value.get(docker.from);
  if (list === undefined || list.kind === 'null') return;
  if (list.kind !== 'list') conversion.cannotUnmarshal(list, '[]*moby.plain');
  list.items.forEach((config, i) => {
    const label = i === 0 ? job.label : `${job.label}_${i + 1}`;
    const body = convertTable(config, docker.table, conversion);
    job.items.push(conversion.block(docker.to, body, config.place, label));
    const host = config.get('host');
    const refresh = body.filter((item) => item.kind === 'attribute' && item.name === 'refresh_interval');
    const client = convertFields(config, httpClientFields, conversion);
    const receivers = job.receivers();
    const rules = job.relabelRules();
    job.items.push(
      conversion.block(
        'loki.source.docker',
        [
          conversion.attribute('host', host === undefined ? '' : (text(host, conversion) ?? '')),
          conversion.attribute('targets', { code: `discovery.docker.${label}.targets` }),
          conversion.attribute('forward_to', receivers),
          conversion.attribute('relabel_rules', rules),
          ...(client.length === 0 ? [] : [conversion.block('http_client_config', client)]),
          ...refresh,
        ],
        config.place,
        label,
      ),
    );
  });
}
