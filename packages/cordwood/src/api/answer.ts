import { goJson } from './go-json.ts';

/** What a route answers with. A body in pieces is written piece by piece, as fast as the client takes it. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Iterable<string>;
}

export const textType = 'text/plain; charset=utf-8';
/** Loki's spelling for results of queries. */
export const resultType = 'application/json; charset=UTF-8';

/** 204 with nothing, or another status without a body. */
export function empty(status = 204, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: '' };
}

export function text(body: string, status = 200): Answer {
  return { status, contentType: textType, body };
}

/** JSON as Loki writes results: escaped as Go does it, ended by a newline. */
export function json(value: unknown, status = 200): Answer {
  return { status, contentType: resultType, body: `${goJson(value)}\n` };
}

/** A refusal in plain text, as Go's http.Error writes it (`line`: with a newline) or as Loki's query path does. */
export function refusal(status: number, message: string, ending: 'plain' | 'line'): Answer {
  return {
    status,
    contentType: textType,
    headers: { 'x-content-type-options': 'nosniff' },
    body: ending === 'line' ? `${message}\n` : message,
  };
}
