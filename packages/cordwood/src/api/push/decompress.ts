import { promisify } from 'node:util';
import { gunzip, inflateRaw, zstdDecompress } from 'node:zlib';
import { decompressLz4 } from '../../codec/lz4-frame.ts';
import { RequestError } from '../../model/failure.ts';

const unpackers = {
  gzip: promisify(gunzip),
  deflate: promisify(inflateRaw),
  zstd: promisify(zstdDecompress),
} as const;

/**
 * Takes a transport encoding off a body, off the main thread (LZ4 excepted). The result is bounded by `maxBytes`: a small
 * body cannot become a large one. Throws RequestError 400 with the texts of Go's decoders.
 */
export async function decompress(
  body: Buffer,
  encoding: 'gzip' | 'deflate' | 'zstd' | 'lz4',
  maxBytes: number,
): Promise<Buffer> {
  if (body.length === 0) throw new RequestError(400, 'EOF');
  if (encoding === 'lz4') {
    const { bytes, error } = decompressLz4(body, maxBytes);
    if (error !== undefined) throw new RequestError(400, error);
    return bytes;
  }
  try {
    return await unpackers[encoding](body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw new RequestError(400, decoderText(error as NodeJS.ErrnoException, encoding, body, maxBytes));
  }
}

const gzipHeaderBytes = 10;

function decoderText(error: NodeJS.ErrnoException, encoding: string, body: Buffer, maxBytes: number): string {
  switch (error.code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return `decompressed message size too large than max (more than ${maxBytes})`;
    case 'Z_BUF_ERROR':
      return 'unexpected EOF';
    case 'Z_DATA_ERROR':
      if (encoding === 'deflate') return `flate: corrupt input: ${error.message}`;
      return body.length < gzipHeaderBytes ? 'unexpected EOF' : 'gzip: invalid header';
    default:
      return `${encoding}: ${error.message}`;
  }
}
