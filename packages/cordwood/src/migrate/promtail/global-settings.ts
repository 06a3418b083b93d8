/** What a Promtail file says beside its scrape configs and clients: most of it is a flag of Alloy, or nothing at all. */
import type { NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import { attribute, convertFields, convertTable, goDuration, readElsewhere, type Table } from './fields.ts';
import { serverKeys } from './server.ts';
import type { YamlValue } from './yaml-value.ts';

const topLevel: Table = {
  goType: 'config.plain',
  fields: [
    'global',
    'server',
    'client',
    'clients',
    'positions',
    'scrape_configs',
    'target_config',
    'limits_config',
    'options',
    'tracing',
    'wal',
  ].map(readElsewhere),
};

const known: Readonly<Record<string, Table>> = {
  global: table('config.GlobalConfig', ['file_watch_config']),
  positions: table('positions.Config', ['filename', 'sync_period', 'ignore_invalid_yaml']),
  target_config: table('file.Config', ['sync_period', 'stdin']),
  limits_config: table('limit.Config', [
    'readline_rate',
    'readline_burst',
    'readline_rate_enabled',
    'readline_rate_drop',
    'max_streams',
    'max_line_size',
    'max_line_size_truncate',
  ]),
  options: table('config.Options', ['stream_lag_labels']),
  tracing: table('tracing.Config', ['enabled']),
  wal: table('wal.Config', ['enabled', 'dir', 'cleanSegmentsOlderThan', 'watchConfig']),
  server: table('server.Config', [
    ...serverKeys,
    'external_url',
    'health_check_target',
    'disable',
    'profiling_enabled',
    'reload',
    'enable_runtime_reload',
  ]),
};

function table(goType: string, keys: readonly string[]): Table {
  return { goType, fields: keys.map(readElsewhere) };
}

/** Names unknown keys, and what is set and means something else, or nothing, in Alloy. */
export function reportGlobalSettings(root: YamlValue, conversion: Conversion): void {
  convertTable(root, topLevel, conversion);
  for (const [key, block] of Object.entries(known)) {
    const value = root.get(key);
    if (value !== undefined) convertTable(value, block, conversion);
  }
  for (const check of checks) check(root, conversion);
}

type Check = (root: YamlValue, conversion: Conversion) => void;

const isTrue = (value: YamlValue | undefined): boolean => value !== undefined && /^(true|yes|on|y)$/i.test(value.text);
const isFalse = (value: YamlValue | undefined): boolean =>
  value !== undefined && /^(false|no|off|n)$/i.test(value.text);

const checks: readonly Check[] = [
  (root, conversion) => {
    const enabled = root.get('wal')?.get('enabled');
    if (!isTrue(enabled)) return;
    const hint = 'the wal block of loki.write is the nearest; try it apart from the migration';
    conversion.report(enabled!.place, 'error', 'the write-ahead log (wal) of Promtail is not converted', hint);
  },
  (root, conversion) => {
    const stdin = root.get('target_config')?.get('stdin');
    if (isTrue(stdin)) {
      conversion.report(stdin!.place, 'error', 'Alloy does not read logs from its standard input', 'write to a file');
    }
  },
  (root, conversion) => {
    const server = root.get('server');
    const path = server?.get('http_path_prefix');
    if (path !== undefined && path.text !== '') {
      const hint = '--server.http.ui-path-prefix moves the page, not the API';
      conversion.report(path.place, 'error', 'server.http_path_prefix has no equivalent in Alloy', hint);
    }
    const profiling = server?.get('profiling_enabled');
    if (isTrue(profiling)) {
      const hint = '--server.http.enable-pprof, which is on by default';
      conversion.report(profiling!.place, 'warning', 'server.profiling_enabled is a flag of Alloy', hint);
    }
    const instrumentation = server?.get('register_instrumentation');
    if (!isFalse(instrumentation)) {
      conversion.report(
        instrumentation?.place ?? server?.place ?? root.place,
        'warning',
        "Promtail's own metrics (server.register_instrumentation) have other names in Alloy",
        "'cordwood migrate metrics' renames them in rules and dashboards",
      );
    }
    const level = server?.get('log_level');
    if (level !== undefined && level.text !== 'info') {
      const hint = `logging { level = ${JSON.stringify(level.text)} }`;
      conversion.report(level.place, 'warning', 'server.log_level belongs to the logging block of Alloy', hint);
    }
    const health = server?.get('health_check_target');
    if (isFalse(health)) {
      const hint = 'Alloy is ready when its configuration is loaded; use /-/healthy of a component';
      conversion.report(health!.place, 'warning', 'server.health_check_target: false has no equivalent', hint);
    }
    for (const key of ['http_listen_address', 'http_listen_port']) {
      const value = server?.get(key);
      if (value !== undefined) {
        const text = `server.${key} is the flag --server.http.listen-addr of Alloy`;
        conversion.report(value.place, 'info', text, `Alloy listens on 127.0.0.1:12345 by default`);
      }
    }
  },
  (root, conversion) => {
    const limits = root.get('limits_config');
    const enabled = limits?.get('readline_rate_enabled');
    if (!isTrue(enabled)) return;
    conversion.report(
      enabled!.place,
      'warning',
      'limits_config rate limiting settings (readline_rate, readline_burst, readline_rate_drop) have been converted to stage.limit stages in each loki.process component. ' +
        "Unlike Promtail's global rate limiter, these limits apply independently per pipeline rather than across all pipelines combined.",
      'divide the rate by the number of pipelines if the sum matters',
    );
  },
  (root, conversion) => {
    const enabled = root.get('tracing')?.get('enabled');
    if (isFalse(enabled)) return;
    conversion.report(
      enabled?.place ?? root.get('tracing')?.place ?? root.place,
      'warning',
      'If you have a tracing set up for Promtail, it cannot be migrated to Alloy automatically. Refer to the documentation on how to configure tracing in Alloy.',
      'the tracing block of Alloy sends its own spans; `tracing: {enabled: false}` here silences this',
    );
  },
  (root, conversion) => {
    const positions = root.get('positions');
    for (const key of ['sync_period', 'ignore_invalid_yaml']) {
      const value = positions?.get(key);
      if (value !== undefined) conversion.report(value.place, 'info', `positions.${key} is fixed in Alloy`);
    }
  },
  (root, conversion) => {
    const lag = root.get('options')?.get('stream_lag_labels');
    if (lag !== undefined) {
      conversion.report(lag.place, 'info', 'options.stream_lag_labels has no effect in Promtail, and none in Alloy');
    }
  },
];

const fileWatchFields = [
  attribute('min_poll_frequency', goDuration, { omit: '250ms' }),
  attribute('max_poll_frequency', goDuration, { omit: '250ms' }),
];

/** `global.file_watch_config`; undefined when it has nothing but defaults. */
export function convertFileWatch(root: YamlValue, conversion: Conversion): NewItem[] | undefined {
  const config = root.get('global')?.get('file_watch_config');
  if (config === undefined) return undefined;
  convertTable(
    config,
    table(
      'config.FileWatchConfig',
      fileWatchFields.map(({ from }) => from),
    ),
    conversion,
  );
  const items = convertFields(config, fileWatchFields, conversion);
  return items.length === 0 ? undefined : items;
}
