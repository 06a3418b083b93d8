import S3rver from '@20minutes/s3rver';
import type { S3Settings } from '../s3-settings.ts';

/** A server of S3's protocol in this process: the npm package @20minutes/s3rver, which keeps objects in a folder. */
export interface TestS3Server {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
  settings(bucket: string, prefix: string): S3Settings;
  close(): Promise<void>;
}

/**
 * `strict`: signatures are checked. The package computes those of lists in another way than the SDK (`/bucket` for
 * `/bucket/`), so lists need a server that does not look.
 */
export async function openS3Server(
  directory: string,
  buckets: readonly string[],
  { strict = false } = {},
): Promise<TestS3Server> {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    allowMismatchedSignatures: !strict,
    directory,
    configureBuckets: buckets.map((name) => ({ name })),
  });
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  // The only pair of keys that the package knows.
  const accessKeyId = 'S3RVER';
  const secretAccessKey = 'S3RVER';
  return {
    accessKeyId,
    secretAccessKey,
    endpoint,
    settings: (bucket, prefix) => ({
      bucket,
      prefix,
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey, sessionToken: undefined },
      storageClass: undefined,
      sse: undefined,
      insecureSkipVerify: false,
      caFile: undefined,
      retry: { minBackoffMs: 10, maxBackoffMs: 100, maxRetries: 3, timeoutMs: 0 },
    }),
    close: () => server.close(),
  };
}
