import type { LogExpression } from '@cordwood/logql';
import { WorldError } from '../../model/failure.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { TimeRange } from '../../model/time-range.ts';
import { type LogPlan, planLog } from '../../query/log-evaluator.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { Clock } from '../../world/clock.ts';
import { type Disk, parentDirectory, replaceFile } from '../../world/disk.ts';
import type { ObjectStore } from '../../world/object-store.ts';
import { type Random, randomInt, systemRandom } from '../../world/random.ts';

/** A tenant's wish that entries be deleted (loki.md 1.10). Both ends of the interval belong to it. */
export interface DeleteRequest {
  readonly id: string;
  readonly tenant: Tenant;
  /** LogQL: a selector with filters. */
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly createdMs: number;
  /** 'processed': the entries are gone from disk. Until then they are hidden from every query. */
  readonly status: 'received' | 'processed';
}

/** A request made ready to find its rows. */
export interface CompiledDelete {
  readonly startNs: bigint;
  /** Inclusive. */
  readonly endNs: bigint;
  readonly plan: LogPlan;
  readonly hasStages: boolean;
}

/** All delete requests, durable: a request that was acknowledged is still there after a crash. */
export interface DeleteRequests {
  add(request: Pick<DeleteRequest, 'tenant' | 'query' | 'startMs' | 'endMs'>): Promise<DeleteRequest>;
  list(tenant: Tenant): readonly DeleteRequest[];
  /** Of all tenants, those that are not processed. */
  pending(): readonly DeleteRequest[];
  find(tenant: Tenant, id: string): DeleteRequest | undefined;
  remove(tenant: Tenant, id: string): Promise<void>;
  /** Its entries are gone from disk. Nothing happens when it was cancelled meanwhile. */
  markProcessed(request: DeleteRequest): Promise<void>;
  /** Requests that hide entries of this range, ready to be applied. */
  hiding(tenant: Tenant, range: TimeRange): readonly CompiledDelete[];
  /** The same as plain data. */
  hidingRequests(tenant: Tenant, range: TimeRange): readonly DeleteRequest[];
}

export interface DeleteRequestsOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly clock: Clock;
  /** The bucket that sealed data is published to: requests go with it, so that another machine hides what they cover. */
  readonly objects?: ObjectStore | undefined;
  readonly random?: Random;
}

const formatVersion = 1;
const objectKey = 'cordwood/delete-requests';

/** Reads the requests. Fails with CORRUPT when the file does not read: what was deleted must not show up again. */
export async function openDeleteRequests(options: DeleteRequestsOptions): Promise<DeleteRequests> {
  const { disk, path, clock } = options;
  const random = options.random ?? systemRandom;
  let requests = await readRequests(disk, path, options.objects);
  // With a bucket: so that the next start need not ask it, which may be away then.
  if (options.objects !== undefined && (await disk.size(path)) === undefined) await write(requests);
  const compiled = new WeakMap<DeleteRequest, CompiledDelete>();
  let writing: Promise<void> = Promise.resolve();

  async function write(all: readonly DeleteRequest[]): Promise<Uint8Array> {
    const bytes = new TextEncoder().encode(JSON.stringify({ version: formatVersion, requests: all }));
    await disk.createDirectory(parentDirectory(path));
    await replaceFile(disk, path, [bytes]);
    return bytes;
  }

  /** Applies a change and resolves when it is durable; changes are written one after the other. */
  function change(next: (before: readonly DeleteRequest[]) => readonly DeleteRequest[]): Promise<void> {
    const done = writing.then(async () => {
      const after = next(requests);
      const bytes = await write(after);
      requests = after;
      await options.objects?.put(objectKey, bytes);
    });
    writing = done.catch(() => {});
    return done;
  }

  function freshId(): string {
    for (;;) {
      const id = Array.from({ length: 8 }, () => randomInt(random, 16).toString(16)).join('');
      if (!requests.some((request) => request.id === id)) return id;
    }
  }

  function compile(request: DeleteRequest): CompiledDelete {
    let ready = compiled.get(request);
    if (ready === undefined) {
      ready = compileDelete(request);
      compiled.set(request, ready);
    }
    return ready;
  }

  function hidingRequests(tenant: Tenant, range: TimeRange): readonly DeleteRequest[] {
    return requests.filter(
      (request) =>
        request.tenant === tenant &&
        request.status === 'received' &&
        BigInt(request.startMs) * 1_000_000n < range.endNs &&
        BigInt(request.endMs) * 1_000_000n >= range.startNs,
    );
  }

  return {
    async add({ tenant, query, startMs, endMs }) {
      const createdMs = Number(clock.nowNs() / 1_000_000n);
      const request: DeleteRequest = { id: freshId(), tenant, query, startMs, endMs, createdMs, status: 'received' };
      await change((before) => [...before, request]);
      return request;
    },
    list: (tenant) => requests.filter((request) => request.tenant === tenant),
    pending: () => requests.filter(({ status }) => status === 'received'),
    find: (tenant, id) => requests.find((request) => request.tenant === tenant && request.id === id),
    remove: (tenant, id) =>
      change((before) => before.filter((request) => request.tenant !== tenant || request.id !== id)),
    markProcessed: (request) =>
      change((before) => before.map((one) => (one === request ? { ...one, status: 'processed' } : one))),
    hiding: (tenant, range) => hidingRequests(tenant, range).map(compile),
    hidingRequests,
  };
}

/** Makes a request ready to find its rows. */
export function compileDelete({ query, startMs, endMs }: DeleteRequest): CompiledDelete {
  const expression = parseDeleteQuery(query)!;
  return {
    startNs: BigInt(startMs) * 1_000_000n,
    endNs: BigInt(endMs) * 1_000_000n,
    plan: planLog(expression),
    hasStages: expression.stages.length > 0,
  };
}

async function readRequests(
  disk: Disk,
  path: string,
  objects: ObjectStore | undefined,
): Promise<readonly DeleteRequest[]> {
  const bytes = (await disk.readFile(path)) ?? (await objects?.get(objectKey));
  if (bytes === undefined) return [];
  try {
    const content = JSON.parse(new TextDecoder().decode(bytes)) as { version: number; requests: DeleteRequest[] };
    if (content.version !== formatVersion || !Array.isArray(content.requests)) throw new Error('another format');
    for (const { query } of content.requests)
      if (parseDeleteQuery(query) === undefined) throw new Error(`query ${query}`);
    return content.requests;
  } catch (error) {
    throw new WorldError('CORRUPT', `the delete requests cannot be read: ${(error as Error).message}`, {
      path,
      cause: error,
    });
  }
}

/** A selector with filters, also `{}`; undefined for everything that cannot say which entries to delete. */
export function parseDeleteQuery(text: string): LogExpression | undefined {
  const { expression } = parseQuery(text, { allowEmptySelector: true });
  return expression?.kind === 'log' ? expression : undefined;
}
