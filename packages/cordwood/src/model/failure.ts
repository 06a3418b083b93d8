/**
 * The three failures, three shapes: bad input is a value (Diagnostic, or a result with `error`), the world failing is a
 * typed error (WorldError), our own mistake is an assertion (assert). This file is the catalogue of the typed ones.
 */

/** Code -> what it means to the person who reads it. Codes are never reused. */
export const worldFailures = {
  DISK_READ: 'A file could not be read.',
  DISK_WRITE: 'A file could not be written or synced.',
  DISK_FULL: 'The disk is full; writes are refused until there is room, reading goes on.',
  DIRECTORY_LOCKED: 'Another process uses this data folder.',
  CORRUPT: 'Bytes on disk do not match their checksum or format.',
  FORMAT_VERSION: 'The data was written by a newer version of Cordwood.',
  UNREACHABLE: 'A server could not be reached or did not answer in time.',
  OBJECT_STORE_UNAVAILABLE: 'The object store did not answer, or could not just now; trying again may help.',
  OBJECT_STORE_REFUSED: 'The object store refuses the request: credentials, bucket or settings are wrong.',
  OBJECT_ARCHIVED: 'An object was moved to an archive (GLACIER) and must be restored before it can be read.',
  BUCKET_TAKEN: 'Another data folder has taken over this bucket.',
  SHUTTING_DOWN: 'The process is stopping and takes no more work.',
  OVERLOADED: 'More work is waiting than the limits allow.',
} as const;
export type WorldFailureCode = keyof typeof worldFailures;

/** The world failed: disk, network, foreign process. Carries where it happened. */
export class WorldError extends Error {
  readonly code: WorldFailureCode;
  readonly path: string | undefined;
  readonly offset: number | undefined;

  constructor(code: WorldFailureCode, message: string, at: { path?: string; offset?: number; cause?: unknown } = {}) {
    const place = at.path === undefined ? '' : ` (${at.path}${at.offset === undefined ? '' : `, offset ${at.offset}`})`;
    super(`${message}${place}`, at.cause === undefined ? undefined : { cause: at.cause });
    this.name = 'WorldError';
    this.code = code;
    this.path = at.path;
    this.offset = at.offset;
  }
}

/**
 * A request that Loki would refuse: status and the exact text of the answer's body. Thrown by query and store, turned into
 * a response by api.
 */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

/** Our own mistake: stop here rather than go on with a broken invariant. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`BUG: ${message}`);
}
