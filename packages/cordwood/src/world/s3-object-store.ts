import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { WorldError } from '../model/failure.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Settings } from './s3-settings.ts';

/** Larger objects go up in parts of this size, each of which is tried again by itself; S3 asks for 5 MiB at least. */
const partBytes = 8 * 1024 * 1024;
const partAttempts = 3;

/**
 * A bucket of Amazon S3, or of a server that speaks its protocol. The client's own retries are off: RetryingObjectStore has
 * them, with a deadline.
 */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.#client = new S3Client(clientConfig(settings));
  }

  get(key: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return attempt(key, async () => {
      try {
        const { Body } = await this.#client.send(new GetObjectCommand(this.#at(key)), abort(signal));
        return await Body?.transformToByteArray();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  put(key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return attempt(key, async () => {
      if (bytes.length > partBytes) return this.#putParts(key, bytes, signal);
      const command = new PutObjectCommand({ ...this.#at(key), ...this.#storing(), Body: bytes });
      await this.#client.send(command, abort(signal));
    });
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return attempt(key, async () => {
      await this.#client.send(new DeleteObjectCommand(this.#at(key)), abort(signal));
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
    const { bucket, prefix: own } = this.#settings;
    let token: string | undefined;
    do {
      const page = await attempt(prefix, () =>
        this.#client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: own + prefix, ContinuationToken: token }),
          abort(signal),
        ),
      );
      const keys = (page.Contents ?? []).map(({ Key }) => Key!.slice(own.length));
      if (keys.length > 0) yield keys;
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  close(): void {
    this.#client.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#settings.bucket, Key: this.#settings.prefix + key };
  }

  #storing() {
    const { storageClass, sse } = this.#settings;
    return {
      ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
      ...(sse?.type === 'SSE-S3' ? { ServerSideEncryption: 'AES256' as const } : {}),
      ...(sse?.type === 'SSE-KMS'
        ? {
            ServerSideEncryption: 'aws:kms' as const,
            ...(sse.kmsKeyId === undefined ? {} : { SSEKMSKeyId: sse.kmsKeyId }),
            ...(sse.kmsEncryptionContext === undefined
              ? {}
              : { SSEKMSEncryptionContext: Buffer.from(sse.kmsEncryptionContext).toString('base64') }),
          }
        : {}),
    };
  }

  async #putParts(key: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const at = this.#at(key);
    const create = new CreateMultipartUploadCommand({ ...at, ...this.#storing() });
    const { UploadId } = await this.#client.send(create, abort(signal));
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let start = 0; start < bytes.length; start += partBytes) {
        const PartNumber = parts.length + 1;
        const upload = { ...at, UploadId, PartNumber, Body: bytes.subarray(start, start + partBytes) };
        const { ETag } = await this.#sendPart(upload, signal);
        parts.push({ PartNumber, ETag });
      }
      const complete = new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: parts } });
      await this.#client.send(complete, abort(signal));
    } catch (error) {
      // Parts of an upload that is neither completed nor aborted are stored, and paid for, for ever.
      await this.#client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
      throw error;
    }
  }

  async #sendPart(
    part: ConstructorParameters<typeof UploadPartCommand>[0],
    signal: AbortSignal | undefined,
  ): Promise<{ ETag?: string | undefined }> {
    for (let left = partAttempts; ; left--) {
      try {
        return await this.#client.send(new UploadPartCommand(part), abort(signal));
      } catch (error) {
        if (left <= 1 || signal?.aborted || failureOf(error, '').code !== 'OBJECT_STORE_UNAVAILABLE') throw error;
      }
    }
  }
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function clientConfig(settings: S3Settings): S3ClientConfig {
  const { region, endpoint, forcePathStyle, credentials, insecureSkipVerify, caFile } = settings;
  const trust = {
    ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  };
  return {
    maxAttempts: 1,
    forcePathStyle,
    // Servers that only speak S3's protocol often lack the newer checksums.
    ...(endpoint === undefined
      ? {}
      : { endpoint, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
          },
        }),
    ...(Object.keys(trust).length === 0
      ? {}
      : { requestHandler: { httpsAgent: new Agent({ keepAlive: true, ...trust }) } }),
  };
}

async function attempt<Value>(key: string, request: () => Promise<Value>): Promise<Value> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(error, key);
  }
}

/** S3's own word for a failure is its error's name. */
function failureOf(cause: unknown, key: string): WorldError {
  if (cause instanceof WorldError) return cause;
  const error = cause as Error & { $metadata?: { httpStatusCode?: number } };
  const status = error.$metadata?.httpStatusCode;
  const text = `${error.name}: ${error.message}`;
  if (error.name === 'InvalidObjectState') {
    return new WorldError(
      'OBJECT_ARCHIVED',
      'the object was moved to an archive storage class; restore it, and keep GLACIER out of the lifecycle of log buckets',
      { path: key, cause },
    );
  }
  const refused = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  const noCredentials = error.name === 'CredentialsProviderError';
  if ((refused && error.name !== 'RequestTimeout') || noCredentials) {
    return new WorldError('OBJECT_STORE_REFUSED', text, { path: key, cause });
  }
  return new WorldError('OBJECT_STORE_UNAVAILABLE', text, { path: key, cause });
}
