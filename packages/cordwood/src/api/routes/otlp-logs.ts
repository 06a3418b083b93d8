import { decodeOtlpLogs, decodeOtlpLogsJson } from '../../codec/otlp-logs.ts';
import { ProtobufWriter } from '../../codec/protobuf.ts';
import { RequestError } from '../../model/failure.ts';
import { type Answer, empty } from '../answer.ts';
import { apiLimits } from '../limits.ts';
import { decompress } from '../push/decompress.ts';
import { otlpStreams } from '../push/otlp-streams.ts';
import { storePush } from '../push/store-push.ts';
import type { Route } from '../route.ts';
import * as texts from './parameter-texts.ts';

/** A google.rpc.Status with nothing but its message, for JSON requests too, as Loki answers. */
function statusAnswer(status: number, message: string): Answer {
  const writer = new ProtobufWriter(message.length + 16);
  writer.textField(2, message);
  // OTLP clients send again what was answered with 503, not with 500.
  const code = status === 500 ? 503 : status;
  const again = code === 429 || code === 503;
  return {
    status: code,
    contentType: 'application/octet-stream',
    headers: {
      'x-content-type-options': 'nosniff',
      ...(again ? { 'retry-after': String(apiLimits.retryAfterSeconds) } : {}),
    },
    body: Buffer.from(writer.finish()),
  };
}

export const otlpLogs: Route = {
  paths: ['/otlp/v1/logs'],
  methods: ['POST'],
  summary: 'Store logs sent with OTLP.',
  tenancy: 'one',
  refusals: 'line',
  reservesBytes: true,
  refuse: statusAnswer,
  parameters: [{ name: 'Content-Encoding', in: 'header', describe: 'gzip, zstd or lz4' }],
  body: {
    types: ['application/x-protobuf', 'application/json'],
    describe: 'ExportLogsServiceRequest as protobuf or JSON',
    maxBytes: ({ config }) => config.distributor.maxRecvMsgSizeBytes,
  },
  answers: {
    204: 'Everything is stored and durable.',
    ...texts.refusedAnswers,
    422: 'There is no log record in the request.',
    429: 'A rate or stream limit is reached: send again later.',
    503: 'Overloaded, or the disk does not take more: send again later.',
  },
  async handle(request, context) {
    const contentType = request.headers['content-type'] ?? '';
    if (contentType !== 'application/json' && contentType !== 'application/x-protobuf') {
      throw new RequestError(400, `content type: ${contentType} is not supported`);
    }
    const encoding = request.headers['content-encoding'] ?? '';
    const maxBytes = Math.min(context.config.distributor.maxDecompressedSizeBytes, apiLimits.pushDecompressedBytes);
    let body = request.body;
    if (encoding === 'gzip' || encoding === 'zstd' || encoding === 'lz4')
      body = await decompress(body, encoding, maxBytes);
    else if (encoding !== '') {
      throw new RequestError(400, `unsupported content encoding ${encoding}: only gzip, lz4 and zstd are supported`);
    }
    const { logs, error } =
      contentType === 'application/json' ? decodeOtlpLogsJson(body.toString('utf8')) : decodeOtlpLogs(body);
    if (error !== undefined) throw new RequestError(400, error);
    const { otlpConfig } = context.limitsFor(request.tenant);
    const streams = otlpStreams(logs, otlpConfig, context.clock.nowNs());
    if (streams.length === 0) throw new RequestError(422, 'error at least one valid stream is required for ingestion');
    const { status, message } = await storePush(context, request.tenant, streams, { format: 'otlp' });
    return status === 204 ? empty() : statusAnswer(status, message);
  },
};
