import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Check, type Criterion, failed, judged, listed, notJudged } from '../criterion.ts';
import { queryPrometheus } from '../query-prometheus.ts';
import { lastSpan, type Stack } from '../stack.ts';

export const dashboards: Criterion = {
  number: 8,
  title: 'Grafana dashboards display log exploration and Loki operations',
  async judge(stack) {
    const { artifacts } = stack.endpoints;
    const what = 'the dashboards are there';
    if (artifacts === undefined) return [notJudged(what, '--artifacts: the folder that cordwood render writes')];
    const directory = join(artifacts, 'monitoring/dashboards');
    if (!existsSync(directory)) return [notJudged(what, `dashboards in ${directory}`)];
    const files = globSync('*.json', { cwd: directory }).sort();
    const missing = required.filter((name) => !files.includes(name));
    if (missing.length > 0) return [failed(what, `${directory} has no ${listed(missing)}`)];
    const checks: Check[] = [judged(true, what, listed(files))];
    for (const file of files) checks.push(...(await judgeDashboard(stack, join(directory, file))));
    return checks;
  },
};

const required = ['log-exploration.json', 'loki-operations.json'];

interface Panel {
  readonly title?: string;
  readonly datasource?: { readonly type?: string; readonly uid?: string };
  readonly targets?: readonly {
    readonly expr?: string;
    readonly datasource?: { readonly type?: string; readonly uid?: string };
  }[];
  readonly panels?: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value?: string | readonly string[] };
}

interface Dashboard {
  readonly panels?: readonly Panel[];
  readonly templating?: { readonly list?: readonly Variable[] };
}

interface Question {
  readonly panel: string;
  readonly expr: string;
  readonly language: 'logql' | 'promql';
}

/** Every query of every panel is asked, with the variables as Grafana fills them at their widest. */
async function judgeDashboard(stack: Stack, file: string): Promise<Check[]> {
  const name = basename(file);
  const { panels = [], templating } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
  const variables = new Map((templating?.list ?? []).map((variable) => [variable.name, widestValue(variable)]));
  const questions = panels.flatMap((panel) => questionsOf(panel, variables));
  const logql = questions.filter(({ language }) => language === 'logql');
  const promql = questions.filter(({ language }) => language === 'promql');
  const checks: Check[] = [];
  if (logql.length > 0)
    checks.push(await askAll(`LogQL of ${name} is answered`, logql, (expr) => askLoki(stack, expr)));
  if (promql.length === 0) return checks;
  const { prometheus } = stack.endpoints;
  const what = `PromQL of ${name} is answered`;
  if (prometheus === undefined) checks.push(notJudged(what, '--prometheus: the server that scrapes the platform'));
  else checks.push(await askAll(what, promql, async (expr) => (await queryPrometheus(stack, prometheus, expr)).length));
  return checks;
}

function questionsOf(panel: Panel, variables: ReadonlyMap<string, string>): Question[] {
  const own = (panel.targets ?? []).flatMap(({ expr, datasource = panel.datasource }) => {
    if (expr === undefined || expr === '') return [];
    const source = `${datasource?.type ?? ''} ${datasource?.uid ?? ''}`;
    const language: Question['language'] = /loki/i.test(source) ? 'logql' : 'promql';
    return [{ panel: panel.title ?? 'untitled', expr: withVariables(expr, variables), language }];
  });
  return [...own, ...(panel.panels ?? []).flatMap((child) => questionsOf(child, variables))];
}

/** A variable at its widest: all, or what it has when the dashboard is opened. */
function widestValue({ includeAll, allValue, current }: Variable): string {
  if (includeAll === true) return allValue || '.+';
  const value = current?.value ?? '';
  return typeof value === 'string' ? value : value.join('|');
}

/** Fills in Grafana's own variables and the dashboard's. */
function withVariables(expr: string, variables: ReadonlyMap<string, string>): string {
  return expr
    .replace(/\$\{?__(?:rate_)?(?:interval|range|auto)(?:_ms|_s)?\}?/g, '5m')
    .replace(
      /\$\{([A-Za-z_]\w*)(?::\w+)?\}|\$([A-Za-z_]\w*)/g,
      (text, braced?: string, plain?: string) => variables.get((braced ?? plain)!) ?? text,
    );
}

async function askAll(
  what: string,
  questions: readonly Question[],
  ask: (expr: string) => Promise<number>,
): Promise<Check> {
  const wrong: string[] = [];
  let filled = 0;
  for (const { panel, expr } of questions) {
    try {
      if ((await ask(expr)) > 0) filled++;
    } catch (error) {
      wrong.push(`${panel}: ${(error as Error).message}`);
    }
  }
  const evidence = `${questions.length} queries, ${filled} with data`;
  return judged(wrong.length === 0, what, wrong.length === 0 ? evidence : listed(wrong, 3));
}

/** How many streams or series the first tenant that has any gives. */
async function askLoki(stack: Stack, query: string): Promise<number> {
  const { startNs, endNs } = lastSpan(stack, 3_600_000);
  for (const { id: tenant } of stack.environment.tenants) {
    const { status, text } = await stack.loki.request({
      path: '/loki/api/v1/query_range',
      tenant,
      parameters: { query, start: String(startNs), end: String(endNs), limit: '10', step: '60' },
    });
    if (status !== 200) throw new Error(`${status} ${text.trim().slice(0, 200)}`);
    const { length } = (JSON.parse(text) as { data: { result: unknown[] } }).data.result;
    if (length > 0) return length;
  }
  return 0;
}
