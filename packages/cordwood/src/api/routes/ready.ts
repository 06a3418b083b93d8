import { refusal, text } from '../answer.ts';
import type { Route } from '../route.ts';

export const ready: Route = {
  paths: ['/ready'],
  methods: ['GET'],
  summary: 'Can requests be answered?',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: 'ready', 503: 'Not yet, or no longer: the text says why.' },
  handle(_request, context) {
    const reason = context.notReady?.();
    return reason === undefined ? text('ready\n') : refusal(503, reason, 'line');
  },
};
