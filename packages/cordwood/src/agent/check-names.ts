/**
 * Names that a pipeline uses and nothing produces: a label made of an extracted value that no stage before it extracts, a
 * timestamp from a source that is never there. In Alloy such a stage does nothing, silently.
 */
import { type Block, type Diagnostic, diagnosticAt, type SourceFile, type Span, type Variant } from '@cordwood/alloy';
import type { Re2 } from '../extract/re2.ts';
import { flowEdges } from './graph-mermaid.ts';
import { type Known, known, labelsOf, union } from './known-labels.ts';
import type { LoadedNode } from './module.ts';
import type { Selector } from './selector.ts';

/** Warnings for names that cannot exist where they are used. */
export function checkNames(loadedNodes: readonly LoadedNode[]): Diagnostic[] {
  const nodes = new Map(loadedNodes.map((loaded) => [loaded.node.id, loaded]));
  const edges = flowEdges([...nodes.values()].map(({ node }) => node));
  const found = new Map<string, Known>();
  const out: Diagnostic[] = [];
  const feeders = (id: string) => edges.filter(({ to }) => to === id).map(({ from }) => from);
  const into = (id: string): Known => union(feeders(id).map(labelsOutOf));
  function labelsOutOf(id: string): Known {
    const before = found.get(id);
    if (before !== undefined) return before;
    // A cycle cannot be here, but a mistake of ours must not recurse for ever.
    found.set(id, known([], true));
    const loaded = nodes.get(id)!;
    let labels = labelsOf(loaded, () => into(id));
    if (labels === undefined) {
      const stages = (loaded.arguments as { stage: readonly Variant[] }).stage;
      // Of a process that nothing feeds, `check` says just that.
      const entering = feeders(id).length === 0 ? known([], true) : into(id);
      labels = new StageNames(entering, loaded.node.file, out).run(stages);
    }
    found.set(id, labels);
    return labels;
  }
  for (const id of nodes.keys()) labelsOutOf(id);
  return out;
}

class StageNames {
  readonly #labels: Known;
  readonly #extracted: Known;
  readonly #file: SourceFile;
  readonly #out: Diagnostic[];

  constructor(labels: Known, file: SourceFile, out: Diagnostic[]) {
    this.#labels = known(labels.names, labels.open);
    this.#extracted = known(labels.names, labels.open);
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
      case 'split_json':
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
        for (const label of (args['selector'] as Selector).needs)
          this.#use(this.#labels, label, place(block, 'selector'), 'label');
        for (const label of this.#labels.names) this.#extracted.names.add(label);
        this.run(args['stage'] as readonly Variant[]);
        return;
      }
      case 'metrics':
        for (const metric of args['metric'] as readonly Variant[]) this.#metricSource(metric);
        return;
      case 'limit':
        if (args['by_label_name'])
          this.#use(this.#labels, args['by_label_name'] as string, place(block, 'by_label_name'), 'label');
        return;
      case 'drop':
        for (const source of (args['source'] as string).split(',').filter((part) => part !== '')) {
          this.#use(this.#extracted, source, place(block, 'source'), 'value');
        }
        return;
      case 'pattern':
        this.#useSource(args, block);
        this.#extracted.open = true;
        this.#labels.open ||= args['labels_from_groups'] === true;
        return;
      case 'eventlogmessage':
      case 'windowsevent':
      case 'truncate':
        this.#extracted.open = true;
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

  #metricSource({ arguments: given, block }: Variant): void {
    const { name, source, match_all: all } = given as { name: string; source: string; match_all?: boolean };
    if (all) return;
    const at = source === '' ? 'name' : 'source';
    this.#use(this.#extracted, source || name, place(block, at), 'value');
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
