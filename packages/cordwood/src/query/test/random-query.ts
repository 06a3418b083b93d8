import { type Random, randomInt } from '../../world/random.ts';
import type { ObviousRow } from './obvious-evaluator.ts';

/** Random rows and random LogQL over them: small worlds in which labels clash, lines are broken and times are equal. */

function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomInt(random, items.length)]!;
}

const levels = ['info', 'warn', 'error', 'err', 'debug'];

export function randomRows(random: Random, count: number, startNs: bigint, spanSeconds: number): ObviousRow[] {
  const rows: ObviousRow[] = [];
  for (let i = 0; i < count; i++) {
    const stream: Record<string, string> = {
      app: pick(random, ['web', 'db', 'job']),
      env: pick(random, ['prod', 'dev']),
    };
    if (random() < 0.3) stream['level'] = pick(random, levels);
    const metadata: Record<string, string> = { detected_level: pick(random, levels) };
    if (random() < 0.3) metadata['pod'] = `pod-${randomInt(random, 3)}`;
    if (random() < 0.1) metadata['status'] = pick(random, ['200', 'none']);
    if (random() < 0.1) metadata['app'] = 'spoofed';
    const timestampNs =
      startNs + BigInt(randomInt(random, spanSeconds)) * 1_000_000_000n + BigInt(randomInt(random, 2));
    rows.push({ timestampNs, line: randomLine(random), stream, metadata });
  }
  return rows;
}

function randomLine(random: Random): string {
  const level = pick(random, levels);
  const status = pick(random, ['200', '404', '500', '503', '"none"']);
  const took = pick(random, ['12ms', '1.5s', '900us', '2m', 'soon']);
  const size = pick(random, ['3KB', '1.5MiB', '700B', 'big']);
  const user = pick(random, ['ada', 'bob', 'eve ning', 'zoë']);
  const n = randomInt(random, 40) - 5;
  switch (randomInt(random, 10)) {
    case 0:
      return `plain ${level} line from ${user} number ${n}`;
    case 1:
      return `{"level":"${level}","status":${status},"cut":"${user}`;
    case 2:
    case 3:
    case 4:
      return `level=${level} status=${status} took=${took} size=${size} user="${user}" n=${n} empty=`;
    case 5:
      return `{"lev\\u0065l":"\\u0065rror","status":${status},"n":${n},"user":"${user}"}`;
    default:
      return `{"level":"${level}","status":${status},"took":"${took}","size":"${size}","user":"${user}","n":${n},"app":"inner","data":{"id":${randomInt(random, 3)},"deep":{"ok":${random() < 0.5}}},"list":[1,2]}`;
  }
}

const labelNames = [
  'level',
  'status',
  'user',
  'n',
  'app',
  'env',
  'pod',
  'data_id',
  'app_extracted',
  'detected_level',
  'nope',
  'took',
  'size',
];

function selector(random: Random): string {
  return pick(random, [
    '{app="web"}',
    '{app=~"web|db"}',
    '{app=~".+"}',
    '{app!="job", env="prod"}',
    '{env=~"p.*", level=""}',
    '{app="web", level!=""}',
    '{app="none"}',
  ]);
}

function lineFilter(random: Random): string {
  return pick(random, [
    '|= "error"',
    '!= "error"',
    '|= "err" or "warn"',
    '!= "200" or "404"',
    '|~ "err(or)?"',
    '!~ "sta.*503"',
    '|~ "n(\\":|=)-?1"',
    '|= "zoë"',
    '|= ""',
    '|= "level" |= "user"',
  ]);
}

function labelFilter(random: Random): string {
  const name = pick(random, labelNames);
  return pick(random, [
    () => `${name}="${pick(random, [...levels, '200', 'ada', 'eve ning', '', 'web', 'inner', 'true'])}"`,
    () => `${name}!="${pick(random, [...levels, ''])}"`,
    () => `${name}=~"${pick(random, ['err.*', 'error|err', 'e.+', '5..', '.+', '.*', 'a|b', 'pod-(0|1)'])}"`,
    () => `${name}!~"${pick(random, ['err.*', 'warn|info', '2..'])}"`,
    () =>
      `${pick(random, ['status', 'n', 'data_id', 'nope'])} ${pick(random, ['>', '>=', '<', '<=', '==', '!='])} ${randomInt(random, 500)}`,
    () => `took ${pick(random, ['>', '<='])} ${pick(random, ['1s', '12ms', '1m'])}`,
    () => `size ${pick(random, ['>', '<'])} ${pick(random, ['1KB', '2MB', '1024B'])}`,
    () => `level${pick(random, ['="error"', '=~"err.*"', '=~"warn|error"', '="err", n > 2'])}`,
    // Texts that are no numbers, and what becomes of them.
    () => pick(random, ['level > 1', 'user <= 5', 'took > 3', 'size == 1']),
    () => pick(random, ['__error__=~"Label.+"', '__error__!=""', '__error__="LabelFilterErr"', '__error__!~"JSON.*"']),
    () => `(${pick(random, ['level > 1', 'n > 2'])} or __error__="LabelFilterErr")`,
    () => `(${name}="error" or status >= 500)`,
    () => `${name}="error" or level="warn" and n > 3`,
  ])();
}

function stages(random: Random, count: number): string {
  const out: string[] = [];
  for (let i = 0; i < count; i++) {
    out.push(
      pick(random, [
        () => lineFilter(random),
        () => lineFilter(random),
        () => '| json',
        () => '| json',
        () => '| json | level="error"',
        () => '| logfmt',
        () => '| logfmt --strict',
        () => '| logfmt --keep-empty',
        () => '| regexp "(?P<word>\\\\w+) (?P<level>err|warn)"',
        () => `| ${labelFilter(random)}`,
        () => `| ${labelFilter(random)}`,
        () => `| ${labelFilter(random)}`,
        () => `| drop ${pick(random, labelNames)}, ${pick(random, labelNames)}="error"`,
        () => `| keep level, ${pick(random, labelNames)}, status=~"5.."`,
        () => '| line_format "{{.level}} {{.status}} of {{.app}}"',
        () => '| line_format "level={{.user}} status={{.n}}"',
        () => `| label_format level="{{.status}}", extra=${pick(random, labelNames)}`,
        () => `| label_format app=${pick(random, ['env', 'user', 'nope'])}`,
        () => '| drop __error__, __error_details__',
        () => '| __error__=""',
      ])(),
    );
  }
  return out.join(' ');
}

export function randomLogQuery(random: Random): string {
  return `${selector(random)} ${stages(random, randomInt(random, 5))}`;
}

function grouping(random: Random): string {
  return pick(random, [
    () => '',
    () => 'by (app)',
    () => `by (${pick(random, labelNames)}, ${pick(random, labelNames)})`,
    () => 'by (__error__, level)',
    () => `without (${pick(random, labelNames)}, detected_level)`,
    () => 'by ()',
  ])();
}

function duration(random: Random): string {
  return pick(random, ['30s', '1m', '90s', '5m', '7m', '20m']);
}

/** Pipelines that columns can stand for: filters around one json stage. */
function columnPipeline(random: Random): string {
  const filters = (count: number) =>
    Array.from({ length: randomInt(random, count + 1) }, () => `| ${labelFilter(random)}`).join(' ');
  const parser = pick(random, [
    '| json',
    '| json',
    '| json level="level", n="n", id="data.id", status',
    '| json nope="nope", user',
  ]);
  return `${filters(1)} ${parser} ${filters(2)}`;
}

function columnAggregation(random: Random): string {
  const by = `by (${pick(random, labelNames)}, ${pick(random, labelNames)})`;
  const log = `${selector(random)} ${random() < 0.3 ? lineFilter(random) : ''} ${columnPipeline(random)}`;
  if (random() < 0.5) {
    const operation = pick(random, ['count_over_time', 'rate', 'bytes_over_time']);
    return `sum ${by} (${operation}(${log} ${safety(random)} [${duration(random)}]))`;
  }
  const unwrap = pick(random, ['n', 'status', 'duration(took)', 'bytes(size)', 'id', 'data_id']);
  const after = pick(random, ['| __error__=""', '| __error__="" | level!="info"', '']);
  const operation = pick(random, ['max_over_time', 'first_over_time', 'avg_over_time', 'last_over_time']);
  return `${operation}(${log} | unwrap ${unwrap} ${after} [${duration(random)}]) ${by}`;
}

function rangeAggregation(random: Random): string {
  if (random() < 0.3) return columnAggregation(random);
  const offset = random() < 0.2 ? ` offset ${pick(random, ['30s', '5m', '-2m'])}` : '';
  const range = `[${duration(random)}]${offset}`;
  if (random() < 0.5) {
    const operation = pick(random, ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']);
    return `${operation}(${selector(random)} ${stages(random, randomInt(random, 4))} ${safety(random)} ${range})`;
  }
  const unwrap = pick(random, [
    'unwrap n',
    'unwrap status',
    'unwrap duration(took)',
    'unwrap bytes(size)',
    'unwrap data_id',
    'unwrap nope',
  ]);
  const parser = pick(random, ['| json', '| logfmt', '']);
  const after = random() < 0.7 ? '| __error__=""' : '';
  const log = `${selector(random)} ${parser} ${stages(random, randomInt(random, 2))} | ${unwrap} ${after} ${range}`;
  const plain = pick(random, ['sum_over_time', 'rate', 'rate_counter']);
  const grouped = pick(random, [
    'avg_over_time',
    'min_over_time',
    'max_over_time',
    'stdvar_over_time',
    'stddev_over_time',
    'first_over_time',
    'last_over_time',
  ]);
  if (random() < 0.4) return `${plain}(${log})`;
  if (random() < 0.2) return `quantile_over_time(0.${randomInt(random, 10)}, ${log}) ${grouping(random)}`;
  return `${grouped}(${log}) ${grouping(random)}`;
}

/** Most queries should get somewhere: an error in a line fails all of a metric query. */
function safety(random: Random): string {
  return random() < 0.7 ? '| __error__=""' : '';
}

export function randomMetricQuery(random: Random, depth = 2): string {
  if (depth === 0) return rangeAggregation(random);
  return pick(random, [
    () => rangeAggregation(random),
    () => `sum ${grouping(random)} (${rangeAggregation(random)})`,
    () => `sum ${grouping(random)} (${rangeAggregation(random)})`,
    () =>
      `${pick(random, ['sum', 'avg', 'min', 'max', 'count', 'stddev', 'stdvar'])} ${grouping(random)} (${randomMetricQuery(random, depth - 1)})`,
    () => `${pick(random, ['topk', 'bottomk'])}(100, ${randomMetricQuery(random, depth - 1)})`,
    () =>
      `sum by (app) (${rangeAggregation(random)}) ${pick(random, ['+', '-', '*', '/', '%', '>', '<=', '== bool', 'and', 'or', 'unless'])} sum by (app) (${rangeAggregation(random)})`,
    () =>
      `sum by (app, env) (${rangeAggregation(random)}) / on (app) group_left sum by (app) (${rangeAggregation(random)})`,
    () => `sum by (app, env) (${rangeAggregation(random)}) * ignoring (env) sum by (app) (${rangeAggregation(random)})`,
    () => `${randomMetricQuery(random, depth - 1)} ${pick(random, ['+', '*', '>', '<= bool'])} ${randomInt(random, 5)}`,
    () => `${randomInt(random, 5)} ${pick(random, ['-', '/', '<'])} ${randomMetricQuery(random, depth - 1)}`,
  ])();
}
