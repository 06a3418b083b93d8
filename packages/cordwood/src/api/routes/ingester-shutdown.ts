import { empty, refusal } from '../answer.ts';
import type { Form } from '../form.ts';
import type { ApiRequest, Route } from '../route.ts';

export const ingesterShutdown: Route = {
  paths: ['/ingester/shutdown'],
  methods: ['GET', 'POST'],
  summary: 'Take no more pushes, seal what is in memory, and end the process.',
  tenancy: 'none',
  refusals: 'line',
  parameters: [
    { name: 'flush', describe: 'seal what is in memory; default true' },
    { name: 'delete_ring_tokens', describe: 'accepted; there is no ring here' },
    { name: 'terminate', describe: 'end the process as well; default true' },
  ],
  answers: {
    204: 'Pushes are refused from now on, and what was to be sealed is.',
    403: 'A page of another site asked.',
    503: 'It was stopped before.',
  },
  async handle(request, { store, lifecycle, log }) {
    if (isForeign(request)) return refusal(403, 'a page of another site may not stop the server', 'line');
    if (lifecycle.ingesterStopped) return refusal(503, 'Ingester is stopping or already stopped.', 'line');
    lifecycle.ingesterStopped = true;
    const { form } = request;
    store.stopIngestion();
    if (flag(form, 'flush', true)) await store.flush();
    log('info', 'The ingester was shut down through the API.', {});
    if (flag(form, 'terminate', true)) lifecycle.terminate();
    return empty();
  },
};

export const prepareShutdown: Route = {
  paths: ['/ingester/prepare_shutdown'],
  methods: ['GET', 'POST', 'DELETE'],
  summary:
    'Note that the process will be ended for good. Cordwood seals everything whenever it stops, so this changes nothing else.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: '`set` or `unset`.', 204: 'It is noted, or forgotten.', 403: 'A page of another site asked.' },
  handle(request, { lifecycle }) {
    if (request.method === 'GET') {
      return { status: 200, contentType: 'text/plain', body: lifecycle.shutdownPrepared ? 'set' : 'unset' };
    }
    lifecycle.shutdownPrepared = request.method === 'POST';
    return empty();
  },
};

/** As Loki reads a flag: what is neither is the default. */
function flag(form: Form, name: string, absent: boolean): boolean {
  const text = form.get(name).toLowerCase();
  if (['t', 'true', '1'].includes(text)) return true;
  return ['f', 'false', '0'].includes(text) ? false : absent;
}

/** Loki takes GET as well, which the server's check of writes from other sites does not look at. */
function isForeign({ headers }: ApiRequest): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}
