import { encodePushRequest } from '../../../codec/push-request.ts';
import { compressSnappy } from '../../../codec/snappy.ts';
import { createEntryColumns } from '../../../model/entry.ts';
import { createLabels } from '../../../model/labels.ts';
import { type Check, type Criterion, failed, judged, listed, notJudged, passed } from '../criterion.ts';
import { eventually, markedStream, markerLabel, runSpan, type Stack } from '../stack.ts';

/** Every route of Loki's API that shows logs or what is known of them, with a question that names everybody's marker. */
const readingRoutes: readonly (readonly [path: string, parameters: Readonly<Record<string, string>>])[] = [
  ['/loki/api/v1/query_range', { query: `{${markerLabel}=~".+"}`, limit: '1000' }],
  ['/loki/api/v1/query', { query: `sum by (marker) (count_over_time({${markerLabel}=~".+"}[1h]))` }],
  ['/loki/api/v1/labels', { query: `{${markerLabel}=~".+"}` }],
  ['/loki/api/v1/label/marker/values', {}],
  ['/loki/api/v1/series', { 'match[]': `{${markerLabel}=~".+"}` }],
  ['/loki/api/v1/index/volume', { query: `{${markerLabel}=~".+"}`, targetLabels: 'marker' }],
  ['/loki/api/v1/index/volume_range', { query: `{${markerLabel}=~".+"}`, targetLabels: 'marker', step: '60' }],
  ['/loki/api/v1/detected_labels', { query: `{${markerLabel}=~".+"}` }],
  ['/loki/api/v1/detected_fields', { query: `{${markerLabel}=~".+"}` }],
  ['/loki/api/v1/detected_field/marker_field/values', { query: `{${markerLabel}=~".+"}` }],
  ['/loki/api/v1/patterns', { query: `{${markerLabel}=~".+"}` }],
  ['/api/prom/query', { query: `{${markerLabel}=~".+"}`, limit: '1000' }],
  ['/api/prom/label/marker/values', {}],
  ['/loki/api/v1/delete', {}],
  ['/loki/api/v1/rules', {}],
  ['/prometheus/api/v1/rules', {}],
  ['/prometheus/api/v1/alerts', {}],
];

/** Answers that show nothing: not allowed, not there, not asked rightly. */
const refused = (status: number) => status >= 400 && status < 500;

export const isolation: Criterion = {
  number: 3,
  title: 'Multi-tenant isolation prevents cross-tenant log access',
  async judge(stack) {
    if (!stack.environment.auth)
      return [notJudged('isolation', `an environment with tenants: auth is off in ${stack.environment.name}`)];
    const tenants = stack.environment.tenants.map(({ id }) => id);
    const markers = await plantMarkers(stack, tenants);
    return [
      ...markers.checks,
      await seesOwnOnly(stack, tenants, markers.of),
      await nobodySees(stack, markers.of),
      await severalTenants(stack, tenants, markers.of),
      await pushNeedsTenant(stack, tenants),
      ...(await readersOfOthers(stack, tenants, markers.of)),
    ];
  },
};

type Markers = ReadonlyMap<string, string>;

/** One line in each tenant, with a word that stands nowhere else; then it must be visible to its own tenant. */
async function plantMarkers(stack: Stack, tenants: readonly string[]): Promise<{ of: Markers; checks: Check[] }> {
  const of = new Map<string, string>();
  const unseen: string[] = [];
  for (const [index, tenant] of tenants.entries()) {
    const marker = `${stack.runId}m${index}end`;
    of.set(tenant, marker);
    const stream = markedStream(stack.runId, { marker });
    stack.leave(tenant, `{${markerLabel}="${stack.runId}", marker="${marker}"}`);
    const line = JSON.stringify({ event: 'isolation_marker', marker_field: marker });
    const structuredMetadata = createLabels({ marker_metadata: marker });
    const entry = { timestampNs: stack.clock.nowNs(), line, structuredMetadata };
    const { status, text } = await stack.loki.push(tenant, stream, [entry]);
    if (status !== 204) unseen.push(`${tenant}: push ${status} ${text.trim()}`);
  }
  for (const [tenant, marker] of of) {
    const found = await eventually(
      stack,
      stack.settings.waitMs,
      () => stack.loki.entries(tenant, `{marker="${marker}"}`, runSpan(stack), 10),
      (entries) => entries.length > 0,
    );
    if (found.length === 0) unseen.push(tenant);
  }
  const what = 'a marked line in each tenant is visible to it';
  return { of, checks: [judged(unseen.length === 0, what, unseen.length === 0 ? listed(tenants) : listed(unseen))] };
}

function timed(stack: Stack, parameters: Readonly<Record<string, string>>): Record<string, string> {
  const { startNs, endNs } = runSpan(stack);
  return { start: String(startNs), end: String(endNs), ...parameters };
}

function markersIn(text: string, of: Markers): string[] {
  return [...of].filter(([, marker]) => text.includes(marker)).map(([tenant]) => tenant);
}

async function seesOwnOnly(stack: Stack, tenants: readonly string[], of: Markers): Promise<Check> {
  const leaks: string[] = [];
  let answered = 0;
  for (const tenant of tenants) {
    for (const [path, parameters] of readingRoutes) {
      const { status, text } = await stack.loki.request({ path, tenant, parameters: timed(stack, parameters) });
      if (status === 200) answered++;
      for (const seen of markersIn(text, of)) if (seen !== tenant) leaks.push(`${tenant} sees ${seen} at ${path}`);
    }
  }
  const asked = tenants.length * readingRoutes.length;
  return judged(
    leaks.length === 0,
    'no route shows a tenant what another one has',
    leaks.length === 0 ? `${asked} requests, ${answered} answered, no foreign marker` : listed(leaks),
  );
}

async function nobodySees(stack: Stack, of: Markers): Promise<Check> {
  const open: string[] = [];
  for (const [path, parameters] of readingRoutes) {
    const { status, text } = await stack.loki.request({ path, as: 'nobody', parameters: timed(stack, parameters) });
    if (status < 400 || markersIn(text, of).length > 0) open.push(`${path} answers ${status}`);
  }
  return judged(
    open.length === 0,
    'without a tenant nothing is shown',
    open.length === 0 ? `${readingRoutes.length} routes refuse` : listed(open),
  );
}

/** With `multi_tenant_queries_enabled` one header reads several tenants, and a gateway that checks single names is passed by. */
async function severalTenants(stack: Stack, tenants: readonly string[], of: Markers): Promise<Check> {
  const open: string[] = [];
  const tenant = tenants.join('|');
  for (const [path, parameters] of readingRoutes) {
    const { text } = await stack.loki.request({ path, tenant, parameters: timed(stack, parameters) });
    const seen = markersIn(text, of);
    if (seen.length > 0) open.push(`${path} shows ${listed(seen, 3)}`);
  }
  const what = `the header ${tenants.slice(0, 2).join('|')} reads no tenant`;
  return judged(open.length === 0, what, open.length === 0 ? 'refused on every route' : listed(open, 3));
}

async function pushNeedsTenant(stack: Stack, tenants: readonly string[]): Promise<Check> {
  const open: string[] = [];
  const entry = { timestampNs: stack.clock.nowNs(), line: 'must be refused', structuredMetadata: [] };
  const labels = createLabels(markedStream(stack.runId));
  const bytes = compressSnappy(encodePushRequest([{ labels, entries: createEntryColumns([entry]) }]));
  for (const tenant of [undefined, tenants.slice(0, 2).join('|')]) {
    const { status } = await stack.loki.request({
      path: '/loki/api/v1/push',
      method: 'POST',
      as: tenant === undefined ? 'nobody' : undefined,
      tenant,
      body: { type: 'application/x-protobuf', bytes },
    });
    if (!refused(status)) open.push(`${tenant ?? 'no tenant'}: ${status}`);
  }
  return open.length === 0
    ? passed('a push needs exactly one tenant', 'none and two are refused')
    : failed('a push needs exactly one tenant', listed(open));
}

/** Behind a gateway: who may read some tenants asks for one that is not theirs. Without credentials there is nobody to ask as. */
async function readersOfOthers(stack: Stack, tenants: readonly string[], of: Markers): Promise<Check[]> {
  const open: string[] = [];
  let asked = 0;
  for (const user of stack.platform.users) {
    const credentials = stack.credentialsOf(user.name);
    if (credentials === undefined) continue;
    for (const tenant of tenants.filter((id) => !user.tenants.includes(id))) {
      const [path, parameters] = readingRoutes[0]!;
      const { status, text } = await stack.loki.request({
        path,
        tenant,
        as: credentials,
        parameters: timed(stack, parameters),
      });
      asked++;
      if (!refused(status) || markersIn(text, of).length > 0) open.push(`${user.name} reads ${tenant}: ${status}`);
    }
  }
  if (asked === 0) return [];
  const evidence = open.length === 0 ? `${asked} requests refused` : listed(open);
  return [judged(open.length === 0, 'a user of the gateway reads no tenant that is not theirs', evidence)];
}
