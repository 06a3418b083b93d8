import { RequestError } from '../../model/failure.ts';
import { refusal } from '../answer.ts';
import { categorizeLabels } from '../encode-result.ts';
import { integerParameter, limitParameter, timeRange } from '../parameters.ts';
import type { Route } from '../route.ts';
import { encodingFlags, parseQuery } from '../run-query.ts';
import { tailLimits } from '../tail/limits.ts';
import { startTail } from '../tail/tail-session.ts';
import * as texts from './parameter-texts.ts';

export const tail: Route = {
  paths: ['/loki/api/v1/tail', '/api/prom/tail'],
  methods: ['GET'],
  summary: 'Follow a log query over a WebSocket.',
  tenancy: 'one',
  refusals: 'plain',
  parameters: [
    texts.queryParameter,
    texts.startParameter,
    { name: 'limit', describe: 'entries of the past to begin with, by default 100' },
    { name: 'delay_for', describe: 'seconds (up to 5) to wait for entries that come late' },
  ],
  answers: { 101: 'Messages of streams follow.', ...texts.refusedAnswers },
  handle: () => refusal(400, 'Bad Request', 'line'),
  upgrade(request, context) {
    const { form } = request;
    const { startNs } = timeRange(form, context.clock.nowNs());
    const limit = limitParameter(form);
    const delaySeconds = integerParameter(form, 'delay_for', 0);
    if (delaySeconds > tailLimits.delayForSeconds) {
      throw new RequestError(400, `delay_for can't be greater than ${tailLimits.delayForSeconds}`);
    }
    const text = form.get('query');
    const expression = parseQuery(text);
    if (expression.kind !== 'log') throw new RequestError(400, 'only log selector is supported');
    const flags = encodingFlags(request);
    const tailRequest = {
      tenant: request.tenant,
      expression,
      text,
      startNs,
      limit,
      delayMs: Math.max(0, delaySeconds) * 1000,
      encodingFlags: flags,
      categorize: flags.includes(categorizeLabels),
      legacy: request.path.endsWith('/api/prom/tail'),
    };
    return (socket) => startTail(socket, tailRequest, context);
  },
};
