/**
 * Names that a pipeline uses and nothing produces: a label made of an extracted value that no stage before it extracts, a
 * timestamp from a source that is never there. In Alloy such a stage does nothing, silently.
 */
import {
  type Block,
  bodyReferences,
  type Diagnostic,
  diagnosticAt,
  type SourceFile,
  type Span,
  type Variant,
} from '@cordwood/alloy';
import type { Re2 } from '../extract/re2.ts';
import type { Agent } from './agent.ts';
import { flowEdges } from './graph-mermaid.ts';
import type { LoadedNode } from './module.ts';

/** Names that may exist at a place. `open`: others may exist as well, for what brings them is only known at run time. */
interface Known {
  readonly names: Set<string>;
  open: boolean;
}

/** Warnings for names that cannot exist where they are used. */
export function checkNames(agent: Agent): Diagnostic[] {
  const nodes = agent.nodes();
  const edges = flowEdges(nodes.map(({ node }) => node));
  const labels = new Map<string, Known>();
  const out: Diagnostic[] = [];
  const labelsInto = (loaded: LoadedNode): Known => {
    const known: Known = { names: new Set(), open: false };
    for (const { from, to } of edges) {
      if (to !== loaded.node.id) continue;
      const feeder = nodes.find(({ node }) => node.id === from)!;
      const theirs = labelsOutOf(feeder);
      for (const name of theirs.names) known.names.add(name);
      known.open ||= theirs.open;
    }
    return known;
  };
  const labelsOutOf = (loaded: LoadedNode): Known => {
    const { id } = loaded.node;
    let known = labels.get(id);
    if (known === undefined) {
      // A cycle cannot be here, but a mistake of ours must not recurse for ever.
      labels.set(id, { names: new Set(), open: true });
      known = produced(loaded, () => labelsInto(loaded), out);
      labels.set(id, known);
    }
    return known;
  };
  for (const loaded of nodes) labelsOutOf(loaded);
  return out;
}

/** Labels of what a component hands on. */
function produced(loaded: LoadedNode, into: () => Known, out: Diagnostic[]): Known {
  const { node, arguments: args } = loaded;
  switch (node.definition.name) {
    case 'loki.source.file': {
      const { targets } = args as { targets: readonly ReadonlyMap<string, string>[] };
      const names = targets.flatMap((target) => [...target.keys()]).filter((name) => !name.startsWith('__'));
      // Targets of a discovery are known at run time only.
      const discovered = bodyReferences(node.block.body).some(({ names: chain }) =>
        /^(discovery|local)$/.test(chain[0]!),
      );
      return { names: new Set([...names, 'filename']), open: discovered };
    }
    case 'otelcol.exporter.loki':
      return { names: new Set(['exporter', 'job', 'instance', 'level']), open: true };
    case 'loki.process': {
      const known = into();
      if (known.names.size === 0 && !known.open) return known;
      return new StageNames(known, node.file, out).run((args as { stage: readonly Variant[] }).stage);
    }
    default:
      return { names: into().names, open: true };
  }
}

class StageNames {
  readonly #labels: Known;
  readonly #extracted: Known;
  readonly #file: SourceFile;
  readonly #out: Diagnostic[];

  constructor(labels: Known, file: SourceFile, out: Diagnostic[]) {
    this.#labels = { names: new Set(labels.names), open: labels.open };
    this.#extracted = { names: new Set(labels.names), open: labels.open };
    this.#file = file;
    this.#out = out;
  }

  run(stages: readonly Variant[]): Known {
    for (const stage of stages) this.#stage(stage);
    return this.#labels;
  }

  #stage({ name, arguments: given, block }: Variant): void {
    const args = given as Readonly<Record<string, unknown>>;
    switch (name) {
      case 'json':
        this.#useSource(args, block);
        for (const key of (args['expressions'] as ReadonlyMap<string, unknown>).keys()) this.#extracted.names.add(key);
        this.#extracted.open ||= args['regex'] !== undefined;
        return;
      case 'logfmt':
        this.#useSource(args, block);
        for (const key of (args['mapping'] as ReadonlyMap<string, unknown>).keys()) this.#extracted.names.add(key);
        this.#extracted.open ||= args['regex'] !== undefined;
        return;
      case 'regex':
      case 'replace':
        this.#useSource(args, block);
        this.#addGroups(args['expression'] as Re2, args['labels_from_groups'] === true);
        return;
      case 'cri':
        this.#add('stream', 'flags', 'time', 'content');
        this.#labels.names.add('stream');
        return;
      case 'docker':
        this.#add('output', 'stream', 'timestamp');
        this.#labels.names.add('stream');
        return;
      case 'template':
        this.#add(args['source'] as string);
        return;
      case 'output':
      case 'timestamp':
      case 'luhn':
        this.#useSource(args, block);
        return;
      case 'tenant':
        this.#useSource(args, block);
        if (args['label']) this.#use(this.#labels, args['label'] as string, place(block, 'label'), 'label');
        return;
      case 'labels':
        this.#labelsStage(args, block);
        return;
      case 'static_labels':
        for (const key of (args['values'] as ReadonlyMap<string, unknown>).keys()) this.#labels.names.add(key);
        return;
      case 'structured_metadata':
        for (const [key, source] of (args['values'] as ReadonlyMap<string, string | undefined> | undefined) ?? []) {
          const wanted = source || key;
          if (!this.#labels.names.has(wanted)) this.#use(this.#extracted, wanted, place(block, 'values'), 'value');
        }
        return;
      case 'match': {
        for (const label of this.#labels.names) this.#extracted.names.add(label);
        this.run(args['stage'] as readonly Variant[]);
        return;
      }
      case 'drop':
        for (const source of (args['source'] as string).split(',').filter((part) => part !== '')) {
          this.#use(this.#extracted, source, place(block, 'source'), 'value');
        }
        return;
      case 'pattern':
      case 'eventlogmessage':
      case 'windowsevent':
      case 'truncate':
        this.#extracted.open = true;
        this.#labels.open ||= args['labels_from_groups'] === true;
        return;
      default:
        return;
    }
  }

  #labelsStage(args: Readonly<Record<string, unknown>>, block: Block): void {
    for (const [key, source] of args['values'] as ReadonlyMap<string, string | undefined>) {
      if (args['source_type'] === 'extracted')
        this.#use(this.#extracted, source || key, place(block, 'values'), 'value');
      this.#labels.names.add(key);
    }
  }

  #addGroups(expression: Re2, asLabels: boolean): void {
    for (const group of expression.groupNames) {
      if (group === '') continue;
      this.#extracted.names.add(group);
      if (asLabels) this.#labels.names.add(group);
    }
  }

  #add(...names: string[]): void {
    for (const name of names) this.#extracted.names.add(name);
  }

  #useSource(args: Readonly<Record<string, unknown>>, block: Block): void {
    const source = args['source'];
    if (typeof source === 'string' && source !== '')
      this.#use(this.#extracted, source, place(block, 'source'), 'value');
  }

  #use(known: Known, name: string, span: Span, what: 'value' | 'label'): void {
    if (known.open || known.names.has(name)) return;
    const message =
      what === 'value' ? `nothing before this stage extracts "${name}"` : `no entry has a label "${name}" here`;
    const hint = 'As it stands the stage does nothing.';
    this.#out.push(diagnosticAt(this.#file, span, message, { severity: 'warning', hint }));
    // Once is enough.
    known.names.add(name);
  }
}

function place(block: Block, name: string): Span {
  return block.body.find((statement) => statement.kind === 'attribute' && statement.name.name === name) ?? block;
}
