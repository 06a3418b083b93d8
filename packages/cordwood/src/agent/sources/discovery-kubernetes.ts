import { readFile } from 'node:fs/promises';
import {
  type ArgumentsOf,
  block,
  blocks,
  booleanType,
  listType,
  optional,
  required,
  schema,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import { sleep } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { checkClient, clientBlocks } from '../http/client-arguments.ts';
import { ApiError, apiClientAttributes, KubernetesClient } from '../kubernetes/api-client.ts';
import { type Pod, podTargets } from '../kubernetes/pod-targets.ts';
import { targetsValue } from '../target.ts';

const onlyPods = 'Cordwood discovers pods, whose containers write logs';

const argumentSchema = schema({
  attributes: { role: required(stringType), ...apiClientAttributes },
  blocks: {
    namespaces: block(
      schema({
        attributes: { own_namespace: optional(booleanType, false), names: optional(listType(stringType), []) },
      }),
    ),
    selectors: blocks(
      schema({
        attributes: { role: required(stringType), label: optional(stringType, ''), field: optional(stringType, '') },
      }),
    ),
    attach_metadata: block(
      schema({
        attributes: {
          node: unsupported(booleanType, false, 'labels of nodes are not read'),
          namespace: unsupported(booleanType, false, 'labels of namespaces are not read'),
        },
      }),
    ),
    ...clientBlocks,
  },
  validate(args, report) {
    checkClient(args, report);
    if (args.role !== 'pod') report('role', `role ${JSON.stringify(args.role)} is not supported: ${onlyPods}`);
    for (const selector of args.selectors) {
      if (selector.role !== 'pod')
        report('selectors', `selector for role ${JSON.stringify(selector.role)} has no effect on role "pod"`);
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Time in which changes are gathered before they are published. */
const settleMs = 500;
const retryMinMs = 1000;
const retryMaxMs = 30_000;

/** Watches pods and exports a target per container (and port). */
export const discoveryKubernetes: ComponentDefinition<Arguments> = {
  name: 'discovery.kubernetes',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['targets'],
  create: (context) => new DiscoveryKubernetes(context),
};

class DiscoveryKubernetes implements Component<Arguments> {
  readonly exports = new Map([['targets', targetsValue([])]]);
  readonly #context: ComponentContext;
  readonly #pods = new Map<string, Pod>();
  #args: Arguments | undefined;
  #abort = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #settle: (() => void) | undefined;
  #problem: string | undefined;
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    this.#args = args;
    if (this.#started) {
      this.#abort.abort();
      this.#begin();
    }
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#begin();
  }

  #begin(): void {
    this.#abort = new AbortController();
    this.#pods.clear();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#watchAll(signal));
  }

  async #watchAll(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const args = this.#args!;
    let client: KubernetesClient;
    let namespaces: readonly string[];
    try {
      client = new KubernetesClient(args, this.#context.environment, this.#context.clock);
      namespaces = await this.#namespaces(args);
    } catch (cause) {
      this.#problem = (cause as Error).message;
      this.#context.log('error', 'cannot discover pods', { error: this.#problem });
      return;
    }
    const selector = args.selectors[0];
    const query = { labelSelector: selector?.label ?? '', fieldSelector: selector?.field ?? '' };
    const paths =
      namespaces.length === 0
        ? ['/api/v1/pods']
        : namespaces.map((name) => `/api/v1/namespaces/${encodeURIComponent(name)}/pods`);
    await Promise.all(paths.map((path) => this.#follow(client, path, query, signal)));
    client.close();
  }

  async #namespaces(args: Arguments): Promise<readonly string[]> {
    const names = [...(args.namespaces?.names ?? [])];
    if (args.namespaces?.own_namespace === true) {
      names.push((await readFile('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8')).trim());
    }
    return names;
  }

  /** Lists a collection, then watches it; from the start again when the watch has become too old. */
  async #follow(
    client: KubernetesClient,
    path: string,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    let retryMs = retryMinMs;
    while (!signal.aborted) {
      try {
        const { items, version } = await client.list(path, query);
        const known = new Set(items.map((item) => uidOf(item)));
        // Pods of other namespaces are other paths' business.
        for (const [uid, pod] of this.#pods) if (!known.has(uid) && pathHas(path, pod)) this.#pods.delete(uid);
        for (const item of items) this.#pods.set(uidOf(item), item as unknown as Pod);
        this.#changed();
        this.#problem = undefined;
        retryMs = retryMinMs;
        await this.#watch(client, path, query, version, signal);
      } catch (cause) {
        if (signal.aborted) return;
        if (cause instanceof ApiError && cause.status === 410) continue;
        this.#problem = (cause as Error).message;
        this.#context.log('warn', 'watching pods failed, trying again', { error: this.#problem });
        await sleep(this.#context.clock, retryMs, signal);
        retryMs = Math.min(retryMaxMs, retryMs * 2);
      }
    }
  }

  async #watch(
    client: KubernetesClient,
    path: string,
    query: Record<string, string>,
    from: string,
    signal: AbortSignal,
  ): Promise<void> {
    let version = from;
    while (!signal.aborted) {
      for await (const { type, object } of client.watch(path, query, version, signal)) {
        if (type === 'ERROR')
          throw new ApiError(Number(object['code'] ?? 0), String(object['message'] ?? 'watch failed'));
        version = (object['metadata'] as { resourceVersion?: string }).resourceVersion ?? version;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') this.#pods.delete(uidOf(object));
        else this.#pods.set(uidOf(object), object as unknown as Pod);
        this.#changed();
      }
    }
  }

  #changed(): void {
    this.#settle ??= this.#context.clock.after(settleMs, () => {
      this.#settle = undefined;
      const targets = [...this.#pods.values()].flatMap(podTargets);
      this.#context.setExports(new Map([['targets', targetsValue(targets)]]));
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#settle?.();
    await this.#running;
  }

  health(): string | undefined {
    return this.#problem;
  }
}

function uidOf(object: Record<string, unknown>): string {
  return (object as unknown as Pod).metadata.uid;
}

function pathHas(path: string, pod: Pod): boolean {
  return path === '/api/v1/pods' || path === `/api/v1/namespaces/${encodeURIComponent(pod.metadata.namespace)}/pods`;
}
