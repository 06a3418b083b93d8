/**
 * Why a request gave no usable answer. `network`: nothing came back; `timeout`: it took too long; `status`: the server
 * refused, `message` is its text; `shape`: an answer came that is not what the API promises.
 */
export type ApiFailureKind = 'network' | 'timeout' | 'status' | 'shape';

export class ApiFailure extends Error {
  readonly kind: ApiFailureKind;
  /** HTTP status; 0 when nothing came back. */
  readonly status: number;
  /** The path that was asked, without parameters. */
  readonly path: string;

  constructor(kind: ApiFailureKind, status: number, path: string, message: string) {
    super(message);
    this.name = 'ApiFailure';
    this.kind = kind;
    this.status = status;
    this.path = path;
  }
}

/** A request that was superseded or left: nothing to show. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
