import type { IncomingHttpHeaders } from 'node:http';
import type { WebSocket } from 'ws';
import type { Tenant } from '../model/tenant.ts';
import type { Answer } from './answer.ts';
import type { ApiContext } from './api-context.ts';
import type { Form } from './form.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One endpoint as data: the server, the OpenAPI document, the metrics and the tests are derived from it. */
export interface Route {
  /** As in Loki's table: `/loki/api/v1/label/{name}/values`. The first is the usual one, the others are older spellings. */
  readonly paths: readonly [string, ...string[]];
  readonly methods: readonly [Method, ...Method[]];
  readonly summary: string;
  /**
   * Whose data: 'one' tenant, 'several' (`a|b`, when the configuration allows it), 'none': no tenant needed. 'header': the
   * header must be there even when authentication is off.
   */
  readonly tenancy: 'one' | 'several' | 'none' | 'header';
  /** Refusals end with a newline (Go's http.Error) or not (Loki's query path). */
  readonly refusals: 'line' | 'plain';
  readonly parameters?: readonly Parameter[];
  /** Media types of the request body. */
  readonly body?: {
    readonly types: readonly string[];
    readonly describe: string;
    readonly maxBytes?: (context: ApiContext) => number;
  };
  /** Its bodies count for the limit on bytes in flight. */
  readonly reservesBytes?: boolean;
  /** Status -> what it means, the good ones first. */
  readonly answers: Readonly<Record<number, string>>;
  /** False: the route does not exist under this configuration. */
  readonly available?: (context: ApiContext) => boolean;
  /** Refusals in another form than text. */
  readonly refuse?: (status: number, message: string) => Answer;
  handle(request: ApiRequest, context: ApiContext): Answer | Promise<Answer>;
  /** A WebSocket endpoint instead: checks the request (throws RequestError), then takes over the socket. */
  readonly upgrade?: (request: ApiRequest, context: ApiContext) => (socket: WebSocket) => void;
}

export interface Parameter {
  readonly name: string;
  /** Default: in the address or in a form body. */
  readonly in?: 'path' | 'header';
  readonly describe: string;
  readonly required?: boolean;
  readonly repeated?: boolean;
}

/** A request after tenant, parameters and body were taken from it. */
export interface ApiRequest {
  readonly method: string;
  /** The path as it was asked for, without the query string. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly form: Form;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** At least one, unless the route's tenancy is 'none'. */
  readonly tenants: readonly Tenant[];
  /** The only tenant of a route with tenancy 'one'. */
  readonly tenant: Tenant;
  /** Aborts when the client went away; its reason says so. */
  readonly signal: AbortSignal;
}
