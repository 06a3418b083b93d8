import { text } from '../answer.ts';
import type { Route } from '../route.ts';

export const services: Route = {
  paths: ['/services'],
  methods: ['GET'],
  summary: 'The parts of the process and their states.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: 'One line each: `name => State`.' },
  handle(_request, context) {
    const states = context.services?.() ?? {
      server: 'Running',
      store: 'Running',
      querier: 'Running',
      ...(context.ruler === undefined ? {} : { ruler: 'Running' }),
    };
    const lines = Object.entries(states).map(([name, state]) => `${name} => ${state}\n`);
    return text(lines.join(''));
  },
};
