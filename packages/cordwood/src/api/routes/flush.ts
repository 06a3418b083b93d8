import { empty } from '../answer.ts';
import type { Route } from '../route.ts';

export const flush: Route = {
  paths: ['/flush'],
  methods: ['GET', 'POST'],
  summary: 'Seal what is in memory into chunks, in the background.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 204: 'It has begun.' },
  handle(_request, { store, log }) {
    store.flush().catch((error: Error) => log('error', 'flushing failed', { error: error.message }));
    return empty();
  },
};
