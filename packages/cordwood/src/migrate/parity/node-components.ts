/** The components that reach outside, as a replay has them: they read the logs of a folder, and keep what would be sent. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Component, ComponentContext, ComponentDefinition } from '../../agent/component.ts';
import { componentDefinitions } from '../../agent/components/registry.ts';
import { journalLabels } from '../../agent/journal/journal-labels.ts';
import { jsonText } from '../../agent/json-text.ts';
import { type Pod, podTargets } from '../../agent/kubernetes/pod-targets.ts';
import { LabelSet } from '../../agent/label-set.ts';
import { LogEntry } from '../../agent/log-entry.ts';
import { partsOf } from '../../agent/receipt.ts';
import { type LogsReceiver, receiverValue } from '../../agent/receiver.ts';
import { matchTargets } from '../../agent/sources/local-file-match.ts';
import { tenantLabel } from '../../agent/stages/tenant.ts';
import { type Target, targetLabels, targetsValue } from '../../agent/target.ts';
import type { RelabelRule } from '../../extract/relabel.ts';
import { WorldError } from '../../model/failure.ts';
import { labelsObject } from '../../model/labels.ts';
import { containerLogs } from './container-logs.ts';
import { Origin } from './origin.ts';
import type { DeliveredEntry, ReplayOptions } from './replay.ts';

/** What stages did is remembered for each: about 11 KiB a line. A sample is what this is for. */
const linesMax = 200_000;
/** Times from the start of the replay on are times of reading. */
const readingNs = 3_600_000_000_000n;

/** Lines of one file (or the journal) on their way into the receivers of one component. */
export interface Input {
  readonly forwardTo: readonly LogsReceiver[];
  readonly entries: readonly LogEntry[];
}

interface SourceArguments {
  readonly forward_to: readonly LogsReceiver[];
}
interface FileArguments extends SourceArguments {
  readonly targets: readonly Target[];
  readonly encoding: string;
  readonly file_match: { readonly enabled: boolean };
}
interface KubernetesArguments extends SourceArguments {
  readonly targets: readonly Target[];
}
interface JournalArguments extends SourceArguments {
  readonly labels: ReadonlyMap<string, string>;
  readonly relabel_rules: readonly RelabelRule[] | undefined;
  readonly format_as_json: boolean;
  readonly matches: string;
}
interface PodDiscoveryArguments {
  readonly namespaces: { readonly names: readonly string[] } | undefined;
  readonly selectors: readonly { readonly label: string; readonly field: string }[];
}
interface WriterArguments {
  readonly external_labels: ReadonlyMap<string, string>;
  readonly endpoint: readonly { readonly tenant_id: string }[];
}

/** Components that touch nothing but the entries that pass through them. They run as they are. */
const pure =
  /^(loki\.(process|relabel|echo|enrich|secretfilter)|otelcol\.processor\..*|otelcol\.exporter\.loki|discovery\.relabel|foreach)$/;

const nothing = { start() {}, async stop() {} };

export class NodeComponents {
  readonly delivered: DeliveredEntry[] = [];
  readonly origins: Origin[] = [];
  readonly writers: string[] = [];
  readonly idle: string[] = [];
  readonly #options: ReplayOptions;
  readonly #readers: (() => Input[])[] = [];
  #pending: Promise<void>[] = [];
  /** Files that a pattern of a source stands for, by the pattern's target. */
  readonly #matches = new Map<string, readonly Target[]>();

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  definitions(): ComponentDefinition[] {
    type Create = (context: ComponentContext) => Component<never>;
    const replaced: Readonly<Record<string, Create>> = {
      'discovery.kubernetes': (context) => this.#podDiscovery(context),
      'local.file_match': (context) => this.#fileMatch(context),
      'loki.source.file': ({ id }) => this.#source<FileArguments>((args) => this.#readFiles(args, id), this.#expand),
      'loki.source.kubernetes': ({ id }) => this.#source<KubernetesArguments>((args) => this.#readContainers(args, id)),
      'loki.source.journal': ({ id }) => this.#source<JournalArguments>((args) => [this.#readJournal(args, id)]),
      'loki.write': (context) => this.#writer(context),
    };
    return [...componentDefinitions.values()]
      .filter(({ name }) => !pure.test(name))
      .map((definition) => {
        const create: Create = replaced[definition.name] ?? ((context) => this.#still(definition, context));
        return { ...definition, create } as ComponentDefinition;
      });
  }

  /** Looks up the patterns that are known so far; false when there was nothing to do. */
  async lookUp(): Promise<boolean> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
    return pending.length > 0;
  }

  /** What every source reads, in the order of the configuration. */
  *inputs(): Generator<Input> {
    for (const read of this.#readers) yield* read();
  }

  /** Loaded and checked, never started: it has no input here. */
  #still(definition: ComponentDefinition, context: ComponentContext): Component<never> {
    const component = definition.create(context);
    if (/\.(source|receiver)\./.test(definition.name)) this.idle.push(context.id);
    return { ...nothing, exports: component.exports, update: (args) => component.update(args) };
  }

  /** Pods of the node that the arguments ask for. */
  #podDiscovery(context: ComponentContext): Component<never> {
    const { pods } = this.#options.logs;
    return {
      ...nothing,
      exports: new Map([['targets', targetsValue([])]]),
      update: ({ namespaces, selectors }: PodDiscoveryArguments) => {
        const names = namespaces?.names ?? [];
        const found = pods
          .filter(({ metadata }) => names.length === 0 || names.includes(metadata.namespace))
          .filter((pod) => selectors.every(({ label, field }) => hasLabels(pod, label) && hasFields(pod, field)));
        context.setExports(new Map([['targets', targetsValue(found.flatMap(podTargets))]]));
        return undefined;
      },
    };
  }

  #fileMatch(context: ComponentContext): Component<never> {
    return {
      ...nothing,
      exports: new Map([['targets', targetsValue([])]]),
      update: ({ path_targets: targets }: { path_targets: readonly Target[] }) => {
        const publish = async () => {
          context.setExports(new Map([['targets', targetsValue(await this.#match(targets))]]));
        };
        this.#pending.push(publish());
        return undefined;
      },
    };
  }

  /** Targets with patterns of the node -> targets with files of the node, found in the folder. */
  async #match(targets: readonly Target[]): Promise<Target[]> {
    const root = resolve(this.#options.logs.root);
    const inside = targets.map((target) => {
      return new Map([...target].map(([name, value]) => [name, pathLabel.test(name) ? join(root, value) : value]));
    });
    const found = await matchTargets(inside, 0, this.#options.startNs);
    const outside = (path: string) => path.slice(root === '/' ? 0 : root.length);
    return found.map((target) => new Map(target).set('__path__', outside(target.get('__path__')!)));
  }

  /** Looks up the patterns of a source's targets; they change when discovery or rules do. */
  readonly #expand = ({ targets, file_match: match }: FileArguments): void => {
    if (!match.enabled && this.#options.rules === 'alloy') return;
    for (const target of targets) {
      const key = targetKey(target);
      if (this.#matches.has(key)) continue;
      this.#matches.set(key, []);
      const look = async () => {
        this.#matches.set(key, await this.#match([target]));
      };
      this.#pending.push(look());
    }
  };

  #source<A extends SourceArguments>(
    read: (args: A) => LogEntry[][],
    onUpdate: (args: A) => void = () => {},
  ): Component<never> {
    let current: A | undefined;
    this.#readers.push(() => read(current!).map((entries) => ({ forwardTo: current!.forward_to, entries })));
    return {
      ...nothing,
      exports: new Map(),
      update: (args: A) => {
        current = args;
        onUpdate(args);
        return undefined;
      },
    };
  }

  #readFiles(args: FileArguments, reader: string): LogEntry[][] {
    const inputs = new Map<string, LogEntry[]>();
    for (const target of args.targets) {
      for (const file of this.#matches.get(targetKey(target)) ?? [target]) {
        const path = file.get('__path__');
        if (path === undefined || path === '') continue;
        const labels = targetLabels(file);
        const key = `${path} ${labels.text()}`;
        // Several ports of a container are the same file with the same labels: it is read once.
        if (!inputs.has(key)) inputs.set(key, this.#readFile(path, labels.with('filename', path), reader));
      }
    }
    return [...inputs.values()];
  }

  #readFile(path: string, labels: LabelSet, reader: string): LogEntry[] {
    let text: string;
    try {
      text = readFileSync(join(this.#options.logs.root, path), 'utf8');
    } catch {
      return [];
    }
    const lines = text.split('\n');
    const last = lines.pop()!;
    if (this.#options.rules === 'promtail') return lines.map((line, i) => this.#entry(labels, line, path, i, reader));
    // Alloy gives out a last line without newline when the file is done with.
    const all = last === '' ? lines : [...lines, last];
    if (all[0]?.startsWith('\ufeff')) all[0] = all[0].slice(1);
    return all.map((line, i) => this.#entry(labels, line.replace(/\r$/, ''), path, i, reader));
  }

  #entry(labels: LabelSet, text: string, source: string, index: number, reader: string, timeNs?: bigint): LogEntry {
    const origin = new Origin(source, index + 1, reader);
    if (this.origins.length >= linesMax) {
      throw new WorldError('OVERLOADED', `more than ${linesMax} lines: compare a sample of the logs`);
    }
    this.origins.push(origin);
    const timestampNs = timeNs ?? this.#options.startNs + BigInt(this.origins.length);
    return LogEntry.ofText(labels, timestampNs, origin, text);
  }

  /** Containers as the API server gives them: unwrapped, with the runtime's time, and with the newline. */
  #readContainers(args: KubernetesArguments, reader: string): LogEntry[][] {
    const inputs = new Map<string, LogEntry[]>();
    for (const target of args.targets) {
      const of = (name: string, meta: string) =>
        target.get(`__pod_${name}__`) ?? target.get(`__meta_kubernetes_${meta}`) ?? '';
      const [namespace, pod, container] = [
        of('namespace', 'namespace'),
        of('name', 'pod_name'),
        of('container_name', 'pod_container_name'),
      ];
      let labels = targetLabels(target);
      if (!labels.has('job')) labels = labels.with('job', reader);
      const instance = `${namespace}/${pod}:${container}`;
      if (!labels.has('instance')) labels = labels.with('instance', instance);
      const key = `${instance} ${labels.text()}`;
      if (inputs.has(key)) continue;
      const lines = containerLogs(this.#options.logs.root, namespace, of('uid', 'pod_uid'), pod, container);
      inputs.set(
        key,
        lines.map(({ source, index, line, timestampNs }) => {
          return this.#entry(labels, `${line}\n`, source, index, reader, timestampNs);
        }),
      );
    }
    return [...inputs.values()];
  }

  #readJournal(args: JournalArguments, reader: string): LogEntry[] {
    const wanted = args.matches.split(/\s+/).filter((match) => match !== '');
    return this.#options.logs.journal.flatMap(({ fields, timestampNs }, i) => {
      const matches = wanted.every((match) => {
        const at = match.indexOf('=');
        return fields.get(match.slice(0, at)) === match.slice(at + 1);
      });
      const line = args.format_as_json ? jsonText(Object.fromEntries([...fields].sort())) : fields.get('MESSAGE');
      const labels = matches ? journalLabels(fields, args.labels, args.relabel_rules, reader) : undefined;
      if (line === undefined || labels === undefined) return [];
      return [this.#entry(LabelSet.of(labels), line, 'journal', i, reader, timestampNs)];
    });
  }

  #writer(context: ComponentContext): Component<never> {
    this.writers.push(context.id);
    let args: WriterArguments | undefined;
    const receiver: LogsReceiver = {
      componentId: context.id,
      consume: async (entries) => {
        for (const entry of entries) this.delivered.push(this.#deliver(entry, context.id, args!));
      },
    };
    return {
      ...nothing,
      exports: new Map([['receiver', receiverValue(receiver)]]),
      update: (given: WriterArguments) => {
        args = given;
        return undefined;
      },
    };
  }

  #deliver(entry: LogEntry, writer: string, args: WriterArguments): DeliveredEntry {
    const { startNs } = this.#options;
    const { timestampNs } = entry;
    const own = labelsObject(entry.labels.withoutInternal().labels);
    return {
      origins: partsOf(entry).flatMap(({ receipt }) => (receipt instanceof Origin ? [receipt] : [])),
      writer,
      tenant: entry.labels.get(tenantLabel) || (args.endpoint[0]?.tenant_id ?? ''),
      labels: { ...Object.fromEntries(args.external_labels), ...own },
      line: entry.text,
      timestampNs: timestampNs >= startNs && timestampNs < startNs + readingNs ? undefined : timestampNs,
      metadata: labelsObject(entry.structuredMetadata),
    };
  }
}

const pathLabel = /^__path(_exclude)?__$/;

function targetKey(target: Target): string {
  return JSON.stringify([...target].sort());
}

/** `app=a,tier!=b`: the equality selectors of Kubernetes. */
function hasLabels(pod: Pod, selector: string): boolean {
  const labels = pod.metadata.labels ?? {};
  return selector.split(',').every((part) => {
    const [, name, operator, value] = /^\s*([^!=\s]+)\s*(!=|==?)\s*(\S*)\s*$/.exec(part) ?? [];
    if (name === undefined) return part.trim() === '' || labels[part.trim()] !== undefined;
    return (labels[name] === value) !== (operator === '!=');
  });
}

function hasFields(pod: Pod, selector: string): boolean {
  const fields: Readonly<Record<string, string | undefined>> = {
    'spec.nodeName': pod.spec.nodeName,
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'status.phase': pod.status?.phase,
  };
  return selector.split(',').every((part) => {
    const [, name, operator, value] = /^\s*([^!=\s]+)\s*(!=|==?)\s*(\S*)\s*$/.exec(part) ?? [];
    // A pod of which it is not known is not left out.
    if (name === undefined || fields[name] === undefined) return true;
    return (fields[name] === value) !== (operator === '!=');
  });
}
