import { parseGoDuration, printGoDuration } from '../../extract/go-duration.ts';
import { RequestError } from '../../model/failure.ts';
import { empty } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { type DeleteRequest, parseDeleteQuery } from '../deletes/delete-requests.ts';
import { goJson } from '../go-json.ts';
import { parseRfc3339Ns } from '../parameters.ts';
import type { ApiRequest, Route } from '../route.ts';
import * as texts from './parameter-texts.ts';

/** Delete requests (loki.md 1.10). They exist, as in Loki, only with `compactor.retention_enabled`. */
const available = ({ config, deletes }: ApiContext): boolean =>
  config.compactor.retentionEnabled && deletes !== undefined;

function checkAllowed({ tenant }: ApiRequest, { limitsFor }: ApiContext): void {
  if (limitsFor(tenant).deletionMode === 'disabled') {
    throw new RequestError(403, 'deletion is not available for this tenant');
  }
}

/** Unix seconds or RFC 3339, in milliseconds. */
function timeMs(text: string, which: 'start' | 'end'): number {
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const timeNs = parseRfc3339Ns(text);
  if (timeNs === undefined)
    throw new RequestError(400, `invalid ${which} time: require unix seconds or RFC3339 format`);
  return Number(timeNs / 1_000_000n);
}

function checkInterval(text: string, context: ApiContext): void {
  if (text === '') return;
  const { durationNs } = parseGoDuration(text);
  if (durationNs === undefined || !/^(?:\d+[hms])+$/.test(text)) {
    throw new RequestError(400, "invalid max_interval: valid time units are 's', 'm', 'h'");
  }
  const maxNs = BigInt(context.config.compactor.deleteMaxIntervalMs) * 1_000_000n;
  if (maxNs > 0n && durationNs > maxNs) {
    throw new RequestError(400, `max_interval can't be greater than ${printGoDuration(maxNs)}`);
  }
}

export const createDelete: Route = {
  paths: ['/loki/api/v1/delete'],
  methods: ['POST', 'PUT'],
  summary: 'Ask for entries to be deleted. They are hidden from queries at once.',
  tenancy: 'one',
  refusals: 'line',
  available,
  parameters: [
    { name: 'query', describe: 'selector, with filters if not every entry of its streams is meant', required: true },
    { name: 'start', describe: 'Unix seconds or RFC 3339', required: true },
    { name: 'end', describe: 'Unix seconds or RFC 3339, by default now; entries at this time belong to the request' },
    { name: 'max_interval', describe: 'with filters: longest part that is worked on at once (s, m, h)' },
  ],
  answers: {
    204: 'Taken; the header X-Delete-Request-ID names it.',
    ...texts.refusedAnswers,
    403: 'deletion_mode is disabled for the tenant.',
  },
  async handle(request, context) {
    checkAllowed(request, context);
    const { form } = request;
    const query = form.get('query');
    if (query === '') throw new RequestError(400, 'query not set');
    const expression = parseDeleteQuery(query);
    if (expression === undefined) throw new RequestError(400, 'invalid query expression');
    if (form.get('start') === '') throw new RequestError(400, 'start time not set');
    const startMs = timeMs(form.get('start'), 'start');
    const nowMs = Number(context.clock.nowNs() / 1_000_000n);
    const endMs = form.get('end') === '' ? nowMs : timeMs(form.get('end'), 'end');
    if (endMs > nowMs) throw new RequestError(400, 'deletes in the future are not allowed');
    if (startMs >= endMs) throw new RequestError(400, "start time can't be greater than or equal to end time");
    if (expression.stages.length > 0) checkInterval(form.get('max_interval'), context);
    const { id } = await context.deletes!.add({ tenant: request.tenant, query, startMs, endMs });
    context.metrics.deletesReceived.inc({ user: request.tenant });
    return empty(204, { 'x-delete-request-id': id });
  },
};

function shown(request: DeleteRequest): unknown {
  return {
    request_id: request.id,
    start_time: request.startMs / 1000,
    end_time: request.endMs / 1000,
    query: request.query,
    status: request.status,
    created_at: request.createdMs / 1000,
    user_id: '',
  };
}

export const listDeletes: Route = {
  paths: ['/loki/api/v1/delete'],
  methods: ['GET'],
  summary: 'List the delete requests of the tenant.',
  tenancy: 'one',
  refusals: 'line',
  available,
  parameters: [
    { name: 'start', describe: 'with `end`: only requests that overlap the range' },
    { name: 'end', describe: 'with `start`: only requests that overlap the range' },
  ],
  answers: { 200: 'The requests.', ...texts.refusedAnswers, 403: 'deletion_mode is disabled for the tenant.' },
  handle(request, context) {
    checkAllowed(request, context);
    const { form } = request;
    const between = form.get('start') !== '' && form.get('end') !== '';
    const fromMs = between ? timeMs(form.get('start'), 'start') : Number.NEGATIVE_INFINITY;
    const untilMs = between ? timeMs(form.get('end'), 'end') : Number.POSITIVE_INFINITY;
    const requests = context
      .deletes!.list(request.tenant)
      .filter(({ startMs, endMs }) => startMs <= untilMs && endMs >= fromMs);
    return { status: 200, contentType: 'application/json', body: `${goJson(requests.map(shown))}\n` };
  },
};

export const cancelDelete: Route = {
  paths: ['/loki/api/v1/delete'],
  methods: ['DELETE'],
  summary: 'Cancel a delete request; its entries show again.',
  tenancy: 'one',
  refusals: 'line',
  available,
  parameters: [
    { name: 'request_id', describe: 'from X-Delete-Request-ID or the list', required: true },
    { name: 'force', describe: 'also when work on it has begun' },
  ],
  answers: {
    204: 'Cancelled.',
    ...texts.refusedAnswers,
    403: 'deletion_mode is disabled for the tenant.',
    404: 'There is no such request.',
  },
  async handle(request, context) {
    checkAllowed(request, context);
    const id = request.form.get('request_id');
    const force = request.form.get('force') === 'true';
    const deletes = context.deletes!;
    const found = deletes.find(request.tenant, id);
    if (found === undefined) throw new RequestError(404, 'could not find delete request with given id');
    const begun = context.deleteProcessing?.isCurrent(found) === true;
    if (found.status === 'processed' || (begun && !force))
      throw new RequestError(400, 'deletion of request which is in process or already processed is not allowed');
    await deletes.remove(request.tenant, id);
    return empty();
  },
};
