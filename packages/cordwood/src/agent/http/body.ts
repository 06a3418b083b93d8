import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { decompressLz4 } from '../../codec/lz4-frame.ts';
import { decompressSnappy } from '../../codec/snappy.ts';

export type BodyResult =
  | { readonly bytes: Buffer; readonly error?: undefined }
  | { readonly bytes?: undefined; readonly status: number; readonly error: string };

/** Reads the body of a request and takes its `Content-Encoding` off; both sizes are bounded. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  const tooLarge = { status: 413, error: `request body larger than ${maxBytes} bytes` };
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes) return tooLarge;
      parts.push(part);
    }
  } catch (cause) {
    return { status: 400, error: `the request ended early: ${(cause as Error).message}` };
  }
  return decode(Buffer.concat(parts), String(request.headers['content-encoding'] ?? '').toLowerCase(), maxBytes);
}

async function decode(body: Buffer, encoding: string, maxBytes: number): Promise<BodyResult> {
  const options = { maxOutputLength: maxBytes };
  try {
    switch (encoding) {
      case '':
      case 'identity':
        return { bytes: body };
      case 'gzip':
        return { bytes: await promisify(gunzip)(body, options) };
      case 'deflate':
      case 'zlib':
        // Raw deflate is sent under this name, too; a zlib header is 0x78.
        return {
          bytes:
            body[0] === 0x78 ? await promisify(inflate)(body, options) : await promisify(inflateRaw)(body, options),
        };
      case 'zstd':
        return { bytes: await promisify(zstdDecompress)(body, options) };
      case 'snappy': {
        const result = decompressSnappy(body, maxBytes);
        return result.bytes === undefined ? { status: 400, error: result.error } : { bytes: result.bytes };
      }
      case 'lz4': {
        const result = decompressLz4(body, maxBytes);
        return result.bytes === undefined ? { status: 400, error: result.error } : { bytes: Buffer.from(result.bytes) };
      }
      default:
        return { status: 415, error: `unsupported Content-Encoding ${JSON.stringify(encoding)}` };
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { status: 413, error: `request body larger than ${maxBytes} bytes` };
    return { status: 400, error: `cannot decompress the body (${encoding}): ${message}` };
  }
}
