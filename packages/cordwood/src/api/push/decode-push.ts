import { decodeLegacyPushJson, decodePushJson } from '../../codec/push-json.ts';
import { decodePushRequest, type LabelsParser, type PushRequestResult } from '../../codec/push-request.ts';
import { decompressSnappy } from '../../codec/snappy.ts';
import type { PushStream } from '../../model/entry.ts';
import { RequestError } from '../../model/failure.ts';
import { parseRfc3339Ns } from '../parameters.ts';
import { decompress } from './decompress.ts';
import { parseMediaType } from './media-type.ts';

export interface DecodedPush {
  readonly streams: readonly PushStream[];
  readonly format: 'json' | 'protobuf';
  /** What the streams are views of: may be released when they were stored. */
  readonly memory: Uint8Array;
}

export interface PushBody {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** `/api/prom/push` has another JSON. */
  readonly legacy: boolean;
}

/**
 * The streams of a push by its media type: JSON, or snappy-compressed protobuf for every other type, each perhaps inside gzip
 * or deflate. Throws RequestError with Loki's status and text. Overwrites `body`.
 */
export async function decodePush(push: PushBody, parseLabels: LabelsParser, maxBytes: number): Promise<DecodedPush> {
  const { type, error } = parseMediaType(push.contentType);
  const encoding = push.contentEncoding ?? '';
  let body = push.body;
  if (encoding === 'gzip' || encoding === 'deflate') body = await decompress(body, encoding, maxBytes);
  else if (encoding !== '' && encoding !== 'snappy') {
    throw new RequestError(400, `Content-Encoding ${JSON.stringify(encoding)} not supported`);
  }
  if (error !== undefined) throw new RequestError(400, error);
  const format = type === 'application/json' ? 'json' : 'protobuf';
  if (format === 'protobuf') body = uncompress(body, maxBytes);
  const result = format === 'json' ? decodeJson(body, push.legacy, parseLabels) : decodePushRequest(body, parseLabels);
  if (result.error !== undefined) throw new RequestError(400, result.error);
  if (result.received === 0) throw new RequestError(422, 'error at least one valid stream is required for ingestion');
  return { streams: result.streams, format, memory: body };
}

function decodeJson(body: Buffer, legacy: boolean, parseLabels: LabelsParser): PushRequestResult {
  return legacy ? decodeLegacyPushJson(body, parseLabels, parseRfc3339Ns) : decodePushJson(body, parseLabels);
}

function uncompress(body: Buffer, maxBytes: number): Buffer {
  const { bytes, error } = decompressSnappy(body, maxBytes);
  if (error !== undefined) throw new RequestError(400, error);
  return bytes;
}
