import { releaseBytes } from '../../codec/release-bytes.ts';
import { type Answer, empty, refusal } from '../answer.ts';
import { apiLimits } from '../limits.ts';
import { decodePush } from '../push/decode-push.ts';
import { createLabelsCache } from '../push/labels-cache.ts';
import { storePush } from '../push/store-push.ts';
import type { Route } from '../route.ts';
import * as texts from './parameter-texts.ts';

const parseLabels = createLabelsCache();

export const push: Route = {
  paths: ['/loki/api/v1/push', '/api/prom/push'],
  methods: ['POST'],
  summary: 'Store log entries.',
  tenancy: 'one',
  refusals: 'line',
  reservesBytes: true,
  parameters: [
    {
      name: 'Content-Encoding',
      in: 'header',
      describe: 'gzip or deflate, around JSON or around snappy-compressed protobuf',
    },
    { name: 'X-Loki-Ingestion-Policy', in: 'header', describe: 'policy that holds instead of the mapped one' },
  ],
  body: {
    types: ['application/json', 'application/x-protobuf'],
    describe:
      'JSON `{"streams": [{"stream": {…}, "values": [["<ns>", "line", {…}]]}]}`, or a snappy-compressed logproto.PushRequest',
    maxBytes: ({ config }) => config.distributor.maxRecvMsgSizeBytes,
  },
  answers: {
    204: 'Everything is stored and durable.',
    260: 'Ingestion is blocked for this tenant (the status is configurable).',
    ...texts.refusedAnswers,
    413: 'The body is too large.',
    422: 'There is no stream in the request.',
    429: 'A rate or stream limit is reached: send again later.',
    503: 'Overloaded, or the disk does not take more: send again later.',
  },
  async handle(request, context) {
    const { headers } = request;
    const maxBytes = Math.min(context.config.distributor.maxDecompressedSizeBytes, apiLimits.pushDecompressedBytes);
    const { streams, format, memory } = await decodePush(
      {
        body: request.body,
        contentType: headers['content-type'],
        contentEncoding: headers['content-encoding'],
        legacy: request.path.endsWith('/api/prom/push'),
      },
      parseLabels,
      maxBytes,
    );
    const policy = headers['x-loki-ingestion-policy'];
    const about = { format, ...(typeof policy === 'string' && policy !== '' ? { policy } : {}) };
    try {
      const { status, message } = await storePush(context, request.tenant, streams, about);
      return pushAnswer(status, message);
    } finally {
      releaseBytes(memory);
      releaseBytes(request.body);
    }
  },
};

function pushAnswer(status: number, message: string): Answer {
  if (status === 204) return empty();
  const answer = refusal(status, message, 'line');
  if (status !== 429) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(apiLimits.retryAfterSeconds) } };
}
