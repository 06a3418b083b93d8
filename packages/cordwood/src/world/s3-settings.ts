/** What an S3 client needs to know; credentials that are not given come from the SDK's chain (environment, IRSA, instance). */
export interface S3Settings {
  readonly bucket: string;
  /** Before every key; '' or with a slash at its end. */
  readonly prefix: string;
  readonly region: string | undefined;
  /** `http://127.0.0.1:9000`; undefined: Amazon's. */
  readonly endpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string | undefined }
    | undefined;
  readonly storageClass: string | undefined;
  readonly sse:
    | {
        readonly type: 'SSE-KMS';
        readonly kmsKeyId: string | undefined;
        readonly kmsEncryptionContext: string | undefined;
      }
    | { readonly type: 'SSE-S3' }
    | undefined;
  readonly insecureSkipVerify: boolean;
  /** File with certificates to trust. */
  readonly caFile: string | undefined;
  readonly retry: {
    readonly minBackoffMs: number;
    readonly maxBackoffMs: number;
    readonly maxRetries: number;
    /** 0: the default. */
    readonly timeoutMs: number;
  };
}
