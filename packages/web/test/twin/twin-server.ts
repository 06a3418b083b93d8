/**
 * A server that fails on demand: what a real one does only on its worst day, the page has to show well every day. It serves
 * the built page and answers in the recorded shapes over some entries of the conformance data, moved to end now; of LogQL it
 * knows selectors, `|=` and `detected_level`. Everything else is tested against the real server (page.e2e.test.ts).
 *
 * The tenant chooses the weather: `aurora` fine; `empty` nothing; `slow` answers after a while; `unparsed`, `busy`, `late`,
 * `down`, `odd` fail as their names say.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { type Expression, type LogExpression, logExpressions, parse } from '@cordwood/logql';
import { WebSocketServer } from 'ws';

interface Entry {
  readonly labels: Record<string, string>;
  readonly ns: bigint;
  readonly line: string;
  readonly metadata: Record<string, string>;
}

export interface TwinServer {
  readonly url: string;
  /** Paths and parameters asked for, oldest first. */
  readonly asked: { path: string; parameters: URLSearchParams; tenant: string }[];
  /** Breaks the live connections. */
  cutTails(): void;
  close(): Promise<void>;
}

const dist = join(import.meta.dirname, '../../dist');

function loadEntries(endMs: number): Entry[] {
  const rows = readFileSync(join(import.meta.dirname, '../fixtures/entries.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          labels: Record<string, string>;
          ts: string;
          line: string;
          metadata: Record<string, string>;
        },
    );
  const firstNs = BigInt(rows[0]!.ts);
  const lengthNs = BigInt(rows.at(-1)!.ts) - firstNs;
  const endNs = BigInt(endMs) * 1_000_000n;
  // Six recorded hours are pressed into one.
  return rows.map((row) => ({
    labels: {
      ...row.labels,
      service_name: row.labels['agent'] ?? row.labels['app'] ?? row.labels['job'] ?? 'unknown_service',
    },
    ns: endNs - (lengthNs - (BigInt(row.ts) - firstNs)) / 6n,
    line: row.line,
    metadata: { ...row.metadata, detected_level: levelIn(row.line) },
  }));
}

function levelIn(line: string): string {
  const found = /"level":\s*"(\w+)"|level=(\w+)|\b(error|warn|info|debug)\b/i.exec(line);
  const level = (found?.[1] ?? found?.[2] ?? found?.[3] ?? 'unknown').toLowerCase();
  return level === 'warning' ? 'warn' : level;
}

function matches(log: LogExpression, entry: Entry): boolean {
  const text = (operator: string, actual: string, value: string): boolean => {
    switch (operator) {
      case '=':
        return actual === value;
      case '!=':
        return actual !== value;
      case '=~':
        return new RegExp(`^(?:${value})$`).test(actual);
      default:
        return !new RegExp(`^(?:${value})$`).test(actual);
    }
  };
  return (
    log.selector.matchers.every((each) => text(each.operator, entry.labels[each.name] ?? '', each.value)) &&
    log.stages.every((stage) => {
      if (stage.kind === 'lineFilter' && stage.operator === '|=')
        return stage.operands.some((each) => entry.line.includes(each.text));
      if (stage.kind === 'labelFilter' && stage.filter.kind === 'string') {
        const { name, operator, value } = stage.filter;
        return !(name in entry.metadata) || text(operator, entry.metadata[name]!, value);
      }
      return true;
    })
  );
}

function streamsOf(entries: readonly Entry[]) {
  const streams = new Map<string, { stream: Record<string, string>; values: unknown[] }>();
  for (const entry of entries) {
    const key = JSON.stringify(entry.labels);
    const stream = streams.get(key) ?? { stream: entry.labels, values: [] };
    stream.values.push([String(entry.ns), entry.line, { structuredMetadata: entry.metadata }]);
    streams.set(key, stream);
  }
  return [...streams.values()];
}

function answerQuery(expression: Expression, parameters: URLSearchParams, entries: readonly Entry[]) {
  const startNs = BigInt(parameters.get('start')!);
  const endNs = BigInt(parameters.get('end')!);
  const log = [...logExpressions(expression)][0];
  const found = log ? entries.filter((entry) => matches(log, entry)) : [];
  if (expression.kind === 'log') {
    const inside = found.filter((entry) => entry.ns >= startNs && entry.ns < endNs);
    if (parameters.get('direction') !== 'forward') inside.reverse();
    const result = streamsOf(inside.slice(0, Number(parameters.get('limit') ?? 100)));
    const stats = {
      summary: { totalBytesProcessed: 2_345_678, totalLinesProcessed: entries.length, execTime: 0.0123 },
    };
    return { resultType: 'streams', encodingFlags: ['categorize-labels'], result, stats };
  }
  const stepMs = Number.parseInt(parameters.get('step') ?? '1000', 10);
  const byLevel = parameters.get('query')!.includes('detected_level');
  const series = new Map<string, Map<number, number>>();
  for (const entry of found) {
    const ms = Number(entry.ns / 1_000_000n);
    const point = Math.ceil(ms / stepMs) * stepMs;
    const label = byLevel ? entry.metadata['detected_level']! : entry.labels['service_name']!;
    const points = series.get(label) ?? new Map<number, number>();
    points.set(point, (points.get(point) ?? 0) + 1);
    series.set(label, points);
  }
  const result = [...series].map(([value, points]) => ({
    metric: { [byLevel ? 'detected_level' : 'service_name']: value },
    values: [...points]
      .filter(([ms]) => BigInt(ms) * 1_000_000n >= startNs && BigInt(ms) * 1_000_000n <= endNs)
      .sort((a, b) => a[0] - b[0])
      .map(([ms, count]) => [ms / 1000, String(count)]),
  }));
  return { resultType: 'matrix', result, stats: { summary: {} } };
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export async function startTwinServer(port = 0): Promise<TwinServer> {
  const asked: TwinServer['asked'] = [];
  const entries = loadEntries(Date.now());
  const startedMs = Date.now();

  function answer(path: string, parameters: URLSearchParams, tenant: string): { status: number; body: unknown } {
    const ok = (body: unknown) => ({ status: 200, body });
    if (path === '/cordwood/api/tenants')
      return ok({ tenants: ['aurora', 'empty', 'slow', 'busy'], authEnabled: true });
    if (path === '/loki/api/v1/status/buildinfo') return ok({ version: '0.1.0' });
    if (tenant === '') return { status: 401, body: 'no org id' };
    if (path === '/prometheus/api/v1/rules') return ok({ status: 'success', data: { groups: rules(startedMs) } });
    if (path === '/prometheus/api/v1/alerts') {
      const alerts = rules(startedMs).flatMap((group) => group.rules.flatMap((rule) => rule.alerts));
      return ok({ status: 'success', data: { alerts } });
    }
    if (tenant === 'busy') return { status: 429, body: 'too many outstanding requests' };
    if (tenant === 'late') return { status: 504, body: 'request timed out, decrease the duration of the request' };
    if (tenant === 'down') return { status: 500, body: 'Ingester is shutting down' };
    if (tenant === 'odd')
      return ok({ status: 'success', data: { resultType: 'streams', result: [{ stream: {}, values: [[7]] }] } });
    if (tenant === 'unparsed' && parameters.get('query')?.includes('_over_time')) {
      return {
        status: 400,
        body: "pipeline error: 'JSONParserErr' for series: '{}'.\nUse a label filter to intentionally skip this error.",
      };
    }
    const seen = tenant === 'empty' ? [] : entries;
    const values = /^\/loki\/api\/v1\/label\/(.+)\/values$/.exec(path);
    if (values) {
      const name = decodeURIComponent(values[1]!);
      return ok({
        status: 'success',
        data: [...new Set(seen.map((entry) => entry.labels[name]).filter((value) => value !== undefined))].sort(),
      });
    }
    if (path === '/loki/api/v1/labels') {
      return ok({ status: 'success', data: [...new Set(seen.flatMap((entry) => Object.keys(entry.labels)))].sort() });
    }
    if (path === '/loki/api/v1/query_range') {
      const { expression, error } = parse(parameters.get('query') ?? '');
      return error
        ? { status: 400, body: error.message }
        : ok({ status: 'success', data: answerQuery(expression, parameters, seen) });
    }
    return { status: 404, body: '404 page not found' };
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://twin');
    const file = url.pathname === '/' ? '/index.html' : url.pathname;
    if (file === '/index.html' || file.startsWith('/assets/')) {
      const headers = {
        'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': "default-src 'self'",
      };
      response.writeHead(200, headers).end(readFileSync(join(dist, file)));
      return;
    }
    const tenant = (request.headers['x-scope-orgid'] as string | undefined) ?? '';
    asked.push({ path: url.pathname, parameters: url.searchParams, tenant });
    const { status, body } = answer(url.pathname, url.searchParams, tenant);
    const send = () => {
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
      response.end(isText ? body : `${JSON.stringify(body)}\n`);
    };
    if (tenant === 'slow') setTimeout(send, 1500).unref();
    else send();
  }

  const server: Server = createServer(serve);
  const sockets = new WebSocketServer({ server, path: '/loki/api/v1/tail' });
  sockets.on('connection', (socket, request) => {
    const { searchParams } = new URL(request.url!, 'http://twin');
    asked.push({ path: '/loki/api/v1/tail', parameters: searchParams, tenant: searchParams.get('orgid') ?? '' });
    const { expression } = parse(searchParams.get('query') ?? '');
    if (expression?.kind !== 'log') return socket.close(1011, 'not a log query');
    let next = 0;
    const timer = setInterval(() => {
      const template = entries[(next++ * 7) % entries.length]!;
      const entry = { ...template, ns: BigInt(Date.now()) * 1_000_000n + BigInt(next % 1000) };
      if (matches(expression, entry)) socket.send(JSON.stringify({ streams: streamsOf([entry]) }));
    }, 40);
    socket.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${bound}/`,
    asked,
    cutTails() {
      for (const client of sockets.clients) client.terminate();
    },
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function rules(startedMs: number): readonly {
  readonly rules: readonly { readonly alerts: readonly object[]; readonly [key: string]: unknown }[];
  readonly [key: string]: unknown;
}[] {
  const at = (minutesAgo: number) => new Date(startedMs - minutesAgo * 60_000).toISOString();
  const base = {
    labels: { severity: 'critical', team: 'compliance' },
    health: 'ok',
    lastError: '',
    type: 'alerting',
    evaluationTime: 0.002,
  };
  const query = 'sum by (service_name)(rate({service_name=~".+"} | json | detected_level="error"[5m])) > 0.1';
  return [
    {
      name: 'errors',
      file: 'greenlang.yaml',
      interval: 15,
      limit: 0,
      lastEvaluation: at(0.1),
      evaluationTime: 0.01,
      rules: [
        {
          ...base,
          state: 'firing',
          name: 'HighErrorRate',
          query,
          duration: 120,
          annotations: {
            summary: 'Service logs more than one error in ten seconds',
            runbook_url: 'https://runbooks.example/high-error-rate',
          },
          lastEvaluation: at(0.1),
          alerts: [
            {
              labels: {
                alertname: 'HighErrorRate',
                service_name: 'permit-checker',
                severity: 'critical',
                team: 'compliance',
              },
              annotations: {
                summary: 'permit-checker logs 0.42 errors a second',
                runbook_url: 'https://runbooks.example/high-error-rate',
              },
              state: 'firing',
              activeAt: at(17),
              value: '4.2e-01',
            },
          ],
        },
        {
          ...base,
          state: 'pending',
          name: 'AuditTrailSilent',
          query: 'absent_over_time({namespace="compliance-audit"}[10m])',
          duration: 600,
          annotations: { summary: 'No audit record for ten minutes' },
          lastEvaluation: at(0.1),
          alerts: [
            {
              labels: { alertname: 'AuditTrailSilent', namespace: 'compliance-audit' },
              annotations: { summary: 'No audit record for ten minutes' },
              state: 'pending',
              activeAt: at(4),
              value: '1e+00',
            },
          ],
        },
        {
          ...base,
          state: 'inactive',
          name: 'SlowResponses',
          query: 'quantile_over_time(0.95, {app="gateway"} | logfmt | unwrap duration_seconds(latency)[5m]) > 2',
          duration: 300,
          annotations: { summary: 'p95 over two seconds' },
          lastEvaluation: at(0.1),
          alerts: [],
        },
      ],
    },
  ];
}
