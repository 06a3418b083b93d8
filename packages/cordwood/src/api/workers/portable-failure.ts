import { RequestError, WorldError, type WorldFailureCode } from '../../model/failure.ts';
import type { PortableFailure } from './messages.ts';

/** An error on its way to another thread, where `instanceof` would not know it again. */
export function toPortable(error: unknown): PortableFailure {
  if (error instanceof RequestError) return { kind: 'request', status: error.status, message: error.message };
  if (error instanceof WorldError) return { kind: 'world', code: error.code, message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'mistake', message, stack };
}

export function fromPortable(failure: PortableFailure): Error {
  switch (failure.kind) {
    case 'request':
      return new RequestError(failure.status, failure.message);
    case 'world':
      return new WorldError(failure.code as WorldFailureCode, failure.message);
    case 'mistake': {
      const error = new Error(failure.message);
      if (failure.stack !== undefined) error.stack = failure.stack;
      return error;
    }
  }
}
