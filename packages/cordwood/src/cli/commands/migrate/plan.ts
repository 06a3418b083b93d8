import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { loadPlatform } from '../../platform-file.ts';

export const plan = defineCommand({
  name: 'migrate plan',
  summary: 'Write the runbook of a migration: three phases, with checks and rollbacks.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'From the definition of the new platform and what is said of the old one: commands, what each has to show, how to go back, what to watch.',
  options: {
    platform: {
      type: 'string',
      value: 'FILE',
      describe: 'the definition; default platform.ts of this folder or below it',
    },
    env: { type: 'string', value: 'NAME', describe: 'environment; default the last one on Kubernetes' },
    'old-loki': {
      type: 'string',
      value: 'URL',
      default: 'http://loki.monitoring.svc.cluster.local:3100',
      describe: 'the Loki that is replaced',
    },
    'old-tenant': { type: 'string', value: 'ID', default: 'fake', describe: 'its tenant' },
    'old-namespace': { type: 'string', value: 'NAME', default: 'monitoring', describe: 'where Loki and Promtail run' },
    'old-statefulset': {
      type: 'string',
      value: 'NAME',
      default: 'loki',
      describe: 'its StatefulSet, also its label app',
    },
    'old-daemonset': { type: 'string', value: 'NAME', default: 'promtail', describe: "Promtail's DaemonSet" },
    'old-retention': { type: 'string', value: 'DURATION', default: '720h', describe: 'how long it keeps lines' },
    promtail: { type: 'string', value: 'FILE', default: 'promtail.yaml', describe: "Promtail's configuration" },
    accept: {
      type: 'string',
      value: 'FILE',
      default: 'accept.yaml',
      describe: 'differences of the pipelines that are meant, for migrate parity',
    },
    out: { type: 'string', value: 'FILE', short: 'o', describe: 'instead of standard output' },
  },
  examples: [
    ['cordwood migrate plan --env prod --out migration-prod.md', 'the runbook of production'],
    ['cordwood migrate plan --env staging --old-loki http://loki.logging:3100', 'another old Loki'],
  ],
  async run({ options, terminal }) {
    const { planMigration } = await import('../../../migrate/plan/plan-migration.ts');
    const { printRunbook } = await import('../../../migrate/plan/runbook.ts');
    const { file, platform, output } = await loadPlatform(options.platform);
    const clusters = platform.environments.filter(({ runsOn }) => runsOn === 'kubernetes');
    const environment = options.env === undefined ? clusters.at(-1) : clusters.find(({ name }) => name === options.env);
    if (environment === undefined)
      throw new UsageError(
        `--env is one of ${clusters.map(({ name }) => name).join(', ')}, not '${options.env ?? ''}'`,
      );
    if (!/^https?:\/\/[^/]+\/?$/.test(options['old-loki']))
      throw new UsageError(`--old-loki: '${options['old-loki']}' is not an address like http://loki:3100`);
    const text = printRunbook(
      planMigration({
        platform,
        environment,
        platformFile: file,
        artifacts: relative('.', output) || '.',
        old: {
          url: options['old-loki'].replace(/\/$/, ''),
          tenant: options['old-tenant'],
          namespace: options['old-namespace'],
          statefulSet: options['old-statefulset'],
          daemonSet: options['old-daemonset'],
          retention: options['old-retention'],
          promtailConfig: options.promtail,
          acceptedDifferences: options.accept,
        },
      }),
    );
    if (options.out === undefined) await terminal.out(text);
    else writeFileSync(options.out, text);
    return exitCode.ok;
  },
});
