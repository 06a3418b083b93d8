import type { ReportChange } from '../settings-file/rule-pack.ts';
import type { SettingsFile } from '../settings-file/settings-file.ts';

const dayMs = 86_400_000;
/** A new period must begin in the future for every process that reads the file: leave two days to roll it out. */
const leadDays = 2;

interface Period {
  readonly from: string;
  readonly store: string;
  readonly schema: string;
  readonly object_store: string;
}

/**
 * Structured metadata and OTLP need schema v13 on tsdb. What is stored stays in its period, so the schema changes by adding one
 * that begins in the future; until then structured metadata must be off, or Loki does not start.
 */
export function addSchemaPeriod(file: SettingsFile, nowMs: number, report: ReportChange): void {
  const periods = readPeriods(file);
  const last = periods.at(-1);
  if (last === undefined) return;
  if (!isCurrent(last)) appendPeriod(file, last, nowMs, report);
  const active = readPeriods(file).findLast(({ from }) => Date.parse(from) <= nowMs);
  if (active === undefined || !isCurrent(active)) holdStructuredMetadata(file, report);
}

function isCurrent({ schema, store }: Period): boolean {
  return schema === 'v13' && store === 'tsdb';
}

function readPeriods(file: SettingsFile): Period[] {
  const configs = file.get(['schema_config', 'configs']);
  if (!Array.isArray(configs)) return [];
  return configs.map((config: Record<string, unknown> | null) => {
    const text = (key: string) => String(config?.[key] ?? '');
    return {
      from: text('from').slice(0, 10),
      store: text('store'),
      schema: text('schema'),
      object_store: text('object_store'),
    };
  });
}

function appendPeriod(file: SettingsFile, last: Period, nowMs: number, report: ReportChange): void {
  const today = Math.floor(Math.max(nowMs, Date.parse(last.from) || 0) / dayMs) * dayMs;
  const from = new Date(today + leadDays * dayMs).toISOString().slice(0, 10);
  // Another prefix than the old index has: their tables never meet.
  const prefixes = file.find('schema_config.configs[*].index.prefix').map((path) => file.text(path));
  const prefix = ['index_', 'tsdb_index_', 'tsdb_v13_index_'].find((name) => !prefixes.includes(name)) ?? 'index_v13_';
  const period = {
    from,
    store: 'tsdb',
    object_store: last.object_store,
    schema: 'v13',
    index: { prefix, period: '24h' },
  };
  file.add(['schema_config', 'configs'], period, `added: roll this file out everywhere before ${from}, 00:00 UTC`);
  report({
    severity: 'change',
    key: 'schema_config.configs',
    before: `${last.store} ${last.schema} for ever`,
    after: `${last.store} ${last.schema} until ${from}, then tsdb v13`,
    why: 'structured metadata and OTLP need it; what is stored is read as before',
  });
  addShipper(file, report);
}

/** Without a path_prefix the index must be told where to work. */
function addShipper(file: SettingsFile, report: ReportChange): void {
  if (file.has(['common', 'path_prefix']) || file.has(['storage_config', 'tsdb_shipper', 'active_index_directory']))
    return;
  const old = file.get(['storage_config', 'boltdb_shipper', 'active_index_directory']);
  const base = typeof old === 'string' ? old.replace(/\/[^/]+\/?$/, '') || '/' : '/loki';
  const shipper = { active_index_directory: `${base}/tsdb-index`, cache_location: `${base}/tsdb-cache` };
  file.set(['storage_config', 'tsdb_shipper'], shipper);
  report({
    severity: 'change',
    key: 'storage_config.tsdb_shipper',
    before: undefined,
    after: JSON.stringify(shipper),
    why: 'the new index needs a folder of its own on a disk that stays',
  });
}

function holdStructuredMetadata(file: SettingsFile, report: ReportChange): void {
  const key = ['limits_config', 'allow_structured_metadata'];
  if (file.get(key) === false) return;
  const before = file.has(key) ? file.text(key) : 'false (default of 2.9)';
  file.set(key, false, 'true once the v13 period has begun: Loki does not start with it before');
  report({
    severity: 'change',
    key: key.join('.'),
    before,
    after: 'false',
    why: 'the default is true, and the schema that is active now cannot store it',
  });
}
