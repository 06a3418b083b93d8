import { RequestError } from '../../model/failure.ts';
import { json } from '../answer.ts';
import type { Route } from '../route.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

export const logLevel: Route = {
  paths: ['/log_level'],
  methods: ['GET', 'POST'],
  summary: 'The level of the process’ own log; POST changes it.',
  tenancy: 'none',
  refusals: 'line',
  parameters: [{ name: 'log_level', describe: 'debug, info, warn or error' }],
  answers: { 200: 'The level in `message`.', 400: 'An unknown level, or it cannot be changed.' },
  handle({ method, form }, context) {
    if (method === 'GET') {
      return json({ message: `Current log level is ${context.logLevel?.current() ?? context.config.server.logLevel}` });
    }
    const wanted = form.get('log_level');
    const level = levels.find((candidate) => candidate === wanted);
    if (level === undefined) throw new RequestError(400, `unrecognized log level ${JSON.stringify(wanted)}`);
    if (context.logLevel === undefined) throw new RequestError(400, 'the log level cannot be changed here');
    context.logLevel.set(level);
    return json({ status: 'success', message: `Log level set to ${level}` });
  },
};
