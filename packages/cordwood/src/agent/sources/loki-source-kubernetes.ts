import { type ArgumentsOf, block, booleanType, listType, optional, required, schema } from '@cordwood/alloy';
import { every } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { plainClient } from '../http/client-arguments.ts';
import { type ApiClientArguments, apiClientBlock, KubernetesClient } from '../kubernetes/api-client.ts';
import { ContainerTailer } from '../kubernetes/container-tailer.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { PositionsFile, positionKey, positionsWriteIntervalMs, type StoredPosition } from '../tail/positions.ts';
import { type Target, targetLabels, targetsType } from '../target.ts';

const argumentSchema = schema({
  attributes: { targets: required(targetsType), forward_to: required(listType(logsReceiverType)) },
  blocks: {
    client: block(apiClientBlock),
    clustering: block(
      schema({
        // As in an Alloy that is not started with --cluster.enabled: there is nobody to share targets with.
        attributes: { enabled: optional(booleanType, false) },
      }),
    ),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Reads container logs through the API server. Lines keep their newline, as in Alloy. */
export const lokiSourceKubernetes: ComponentDefinition<Arguments> = {
  name: 'loki.source.kubernetes',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new LokiSourceKubernetes(context),
};

class LokiSourceKubernetes implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  readonly #file: PositionsFile;
  readonly #tailers = new Map<string, ContainerTailer>();
  #stored = new Map<string, StoredPosition>();
  #args: Arguments | undefined;
  #client: KubernetesClient | undefined;
  #opened: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #problem: string | undefined;
  #dirty = false;
  #stopped = false;

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.#file = new PositionsFile(context.disk, context.dataDirectory, context.log);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    this.#args = args;
    this.#fanout.set(args.forward_to);
    const problem = args.targets.map((target) => containerOf(target)).find((found) => typeof found === 'string');
    if (problem !== undefined && args.targets.length > 0 && this.#opened === undefined)
      return [{ message: problem as string }];
    if (this.#opened !== undefined) void this.#sync();
    return undefined;
  }

  start(): void {
    this.#opened = this.#open();
    void this.#opened.then(() => this.#sync());
    this.#stopTimer = every(this.#context.clock, positionsWriteIntervalMs, () => this.#save());
  }

  async #open(): Promise<void> {
    try {
      this.#stored = (await this.#file.read()) ?? new Map();
      const args: ApiClientArguments = this.#args!.client ?? { ...plainClient, api_server: '', kubeconfig_file: '' };
      this.#client = new KubernetesClient(args, this.#context.environment, this.#context.clock);
    } catch (cause) {
      this.#problem = (cause as Error).message;
      this.#context.log('error', 'cannot read container logs', { error: this.#problem });
    }
  }

  async #sync(): Promise<void> {
    await this.#opened;
    if (this.#client === undefined || this.#stopped) return;
    const wanted = new Set<string>();
    for (const target of this.#args!.targets) {
      const container = containerOf(target);
      if (typeof container === 'string') {
        this.#context.log('warn', 'target cannot be read', { error: container });
        continue;
      }
      const instance = `${container.namespace}/${container.pod}:${container.container}`;
      let labels = targetLabels(target);
      if (!labels.has('job')) labels = labels.with('job', this.#context.id);
      if (!labels.has('instance')) labels = labels.with('instance', instance);
      // Several ports of one container give the same target several times: it is read once.
      const key = positionKey(instance, labels.text());
      wanted.add(key);
      if (this.#tailers.has(key)) continue;
      const tailer = new ContainerTailer(
        { ...container, instance, labels, stored: this.#stored.get(key) },
        this.#client,
        { ...this.#context, consume: (entries) => this.#fanout.consume(entries), onProgress: () => this.#progress() },
      );
      this.#stored.delete(key);
      this.#tailers.set(key, tailer);
      tailer.start();
    }
    for (const [key, tailer] of this.#tailers) {
      if (wanted.has(key)) continue;
      this.#tailers.delete(key);
      this.#dirty = true;
      void tailer.stop();
    }
  }

  #progress(): void {
    this.#dirty = true;
  }

  async #save(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#write();
  }

  async #write(): Promise<void> {
    const positions = [...this.#stored.values()];
    for (const tailer of this.#tailers.values()) {
      const stored = tailer.stored();
      if (stored !== undefined) positions.push(stored);
    }
    await this.#file.write(positions);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer?.();
    await this.#opened;
    await Promise.all([...this.#tailers.values()].map((tailer) => tailer.stop()));
  }

  async close(): Promise<void> {
    if (this.#problem === undefined) await this.#write();
    this.#client?.close();
  }

  health(): string | undefined {
    return this.#problem;
  }
}

/** Which container a target means, or what it lacks. */
function containerOf(target: Target): { namespace: string; pod: string; container: string; uid: string } | string {
  const of = (own: string, discovered: string, what: string) => {
    const value = target.get(own) ?? target.get(discovered) ?? '';
    return value === '' ? { error: `missing ${what} label` } : { value };
  };
  const namespace = of('__pod_namespace__', '__meta_kubernetes_namespace', 'pod namespace');
  const pod = of('__pod_name__', '__meta_kubernetes_pod_name', 'pod name');
  const container = of('__pod_container_name__', '__meta_kubernetes_pod_container_name', 'pod container name');
  const uid = of('__pod_uid__', '__meta_kubernetes_pod_uid', 'pod UID');
  for (const part of [namespace, pod, container, uid]) if (part.error !== undefined) return part.error;
  return { namespace: namespace.value!, pod: pod.value!, container: container.value!, uid: uid.value! };
}
