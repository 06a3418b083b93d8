/**
 * A bucket as the rooms see it: whole objects under keys, as S3 has them. What holds on every implementation:
 * - `put` is atomic: a reader gets the old object or the new one, never a part. When it fails, either may be there.
 * - `get` after a `put` or `delete` that was answered sees it. `list` may be behind.
 * - A `get` may give fewer bytes than were stored (a connection that broke): readers check lengths or checksums.
 * Failures are WorldErrors with the key: OBJECT_STORE_UNAVAILABLE (worth another try), OBJECT_STORE_REFUSED, OBJECT_ARCHIVED.
 */
export interface ObjectStore {
  /** The whole object, or undefined when there is none. */
  get(key: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** No error when there is no such object. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Keys that begin with the prefix, sorted, in pages. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<readonly string[]>;
}

export const objectOperations = ['get', 'put', 'delete', 'list'] as const;
export type ObjectOperation = (typeof objectOperations)[number];
