/** The little of the Kubernetes API that an agent needs: lists, watches, and logs of containers. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, resolve } from 'node:path';
import { optional, Secret, schema, stringType } from '@cordwood/alloy';
import { parse as parseYaml } from 'yaml';
import { WorldError } from '../../model/failure.ts';
import type { Clock } from '../../world/clock.ts';
import type { AgentEnvironment } from '../component.ts';
import { HttpClient } from '../http/client.ts';
import {
  type ClientArguments,
  checkClient,
  clientAttributes,
  clientBlocks,
  plainClient,
  plainTls,
  type TlsArguments,
} from '../http/client-arguments.ts';

/** How to reach the API: given, from a kubeconfig, or from inside a pod. */
export const apiClientAttributes = {
  api_server: optional(stringType, ''),
  kubeconfig_file: optional(stringType, ''),
  ...clientAttributes,
};
export const apiClientBlock = schema({
  attributes: apiClientAttributes,
  blocks: clientBlocks,
  validate: (args, report) => checkClient(args, report),
});

export type ApiClientArguments = ClientArguments & { readonly api_server: string; readonly kubeconfig_file: string };

const requestTimeoutMs = 30_000;
const listBytesMax = 256 * 1024 * 1024;
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** An event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Record<string, unknown>;
}

/** The API answered with something other than success. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class KubernetesClient {
  readonly #server: URL;
  readonly #client: HttpClient;

  /** Fails with DISK_READ when a kubeconfig or the service account cannot be read. */
  constructor(args: ApiClientArguments, environment: AgentEnvironment, clock: Clock) {
    const { server, client } = locate(args, environment);
    this.#server = server;
    this.#client = new HttpClient(client, clock);
  }

  /** All objects of a collection, page by page, and the version to watch from. */
  async list(
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<{ items: Record<string, unknown>[]; version: string }> {
    const items: Record<string, unknown>[] = [];
    let next = '';
    for (;;) {
      const url = this.#url(path, { ...query, limit: '500', ...(next === '' ? {} : { continue: next }) });
      const { status, body } = await this.#client.get(
        url,
        { accept: 'application/json' },
        requestTimeoutMs,
        listBytesMax,
      );
      if (status !== 200) throw new ApiError(status, errorText(body));
      const page = JSON.parse(body.toString()) as {
        items?: Record<string, unknown>[];
        metadata?: { resourceVersion?: string; continue?: string };
      };
      items.push(...(page.items ?? []));
      next = page.metadata?.continue ?? '';
      if (next === '') return { items, version: page.metadata?.resourceVersion ?? '' };
    }
  }

  async get(path: string): Promise<Record<string, unknown>> {
    const { status, body } = await this.#client.get(this.#url(path, {}), {}, requestTimeoutMs, listBytesMax);
    if (status !== 200) throw new ApiError(status, errorText(body));
    return JSON.parse(body.toString()) as Record<string, unknown>;
  }

  /** Changes of a collection, until the server ends the watch. */
  async *watch(
    path: string,
    query: Readonly<Record<string, string>>,
    version: string,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent> {
    const url = this.#url(path, { ...query, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version });
    let rest = '';
    for await (const part of await this.#open(url, signal)) {
      rest += part.toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as WatchEvent;
    }
  }

  /** The log of a container, line by line with the time before it, as it grows. */
  async logs(
    namespace: string,
    pod: string,
    container: string,
    sinceTime: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
    const since = sinceTime === undefined ? {} : { sinceTime };
    return this.#open(this.#url(path, { container, follow: 'true', timestamps: 'true', ...since }), signal);
  }

  close(): void {
    this.#client.close();
  }

  async #open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const { status, body } = await this.#client.stream(url, requestTimeoutMs, signal);
    if (status === 200) return body;
    const parts: Buffer[] = [];
    for await (const part of body as AsyncIterable<Buffer>) parts.push(part);
    throw new ApiError(status, errorText(Buffer.concat(parts)));
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.#server);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query)) if (value !== '') url.searchParams.set(name, value);
    return url;
  }
}

/** The API explains itself in a Status object. */
function errorText(body: Buffer): string {
  try {
    return (JSON.parse(body.toString()) as { message?: string }).message ?? 'no explanation';
  } catch {
    return body.toString('utf8', 0, 300);
  }
}

function locate(args: ApiClientArguments, environment: AgentEnvironment): { server: URL; client: ClientArguments } {
  if (args.kubeconfig_file !== '') return fromKubeconfig(args.kubeconfig_file);
  if (args.api_server !== '') return { server: new URL(args.api_server), client: args };
  const host = environment.variable('KUBERNETES_SERVICE_HOST');
  if (host === undefined || host === '') {
    throw new WorldError(
      'UNREACHABLE',
      'there is no Kubernetes API: give api_server or kubeconfig_file, or run inside a pod',
    );
  }
  const port = environment.variable('KUBERNETES_SERVICE_PORT') || '443';
  const tls: TlsArguments = { ...plainTls, ca_file: `${serviceAccount}/ca.crt` };
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    client: { ...plainClient, bearer_token_file: `${serviceAccount}/token`, tls_config: tls },
  };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly {
    name: string;
    cluster: {
      server: string;
      'certificate-authority'?: string;
      'certificate-authority-data'?: string;
      'insecure-skip-tls-verify'?: boolean;
      'tls-server-name'?: string;
    };
  }[];
  readonly users?: readonly {
    name: string;
    user: {
      token?: string;
      tokenFile?: string;
      username?: string;
      password?: string;
      'client-certificate'?: string;
      'client-certificate-data'?: string;
      'client-key'?: string;
      'client-key-data'?: string;
      exec?: unknown;
      'auth-provider'?: unknown;
    };
  }[];
}

function fromKubeconfig(path: string): { server: URL; client: ClientArguments } {
  const fail = (message: string) => new WorldError('DISK_READ', `kubeconfig: ${message}`, { path });
  let config: Kubeconfig;
  try {
    config = parseYaml(readFileSync(path, 'utf8')) as Kubeconfig;
  } catch (cause) {
    throw fail((cause as Error).message);
  }
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  if (context === undefined) throw fail('there is no current-context');
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined) throw fail(`there is no cluster ${context.cluster}`);
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    throw fail('credentials from commands are not supported; use a token or a client certificate');
  }
  const decode = (data: string | undefined) => (data === undefined ? '' : Buffer.from(data, 'base64').toString());
  const file = (name: string | undefined) => (name === undefined ? '' : resolve(dirname(path), name));
  const keyPem = decode(user['client-key-data']);
  const tls: TlsArguments = {
    ...plainTls,
    ca_pem: decode(cluster['certificate-authority-data']),
    ca_file: file(cluster['certificate-authority']),
    cert_pem: decode(user['client-certificate-data']),
    cert_file: file(user['client-certificate']),
    key_pem: keyPem === '' ? undefined : new Secret(keyPem),
    key_file: file(user['client-key']),
    server_name: cluster['tls-server-name'] ?? '',
    insecure_skip_verify: cluster['insecure-skip-tls-verify'] === true,
  };
  const basic =
    user.username === undefined
      ? undefined
      : { username: user.username, password: new Secret(user.password ?? ''), password_file: '' };
  return {
    server: new URL(cluster.server),
    client: {
      ...plainClient,
      tls_config: tls,
      basic_auth: basic,
      bearer_token: user.token === undefined ? undefined : new Secret(user.token),
      bearer_token_file: user.token === undefined ? file(user.tokenFile) : '',
    },
  };
}
