import { type Block, blockName, type Expression, parse, type Statement, unquote } from '@cordwood/alloy';
import type { PipelineLabels } from '../rules/checks/rule-check.ts';

/**
 * Which labels and structured metadata an Alloy configuration can give to entries, read from its text. What is decided only at
 * run time (labelmap, modules, computed maps) makes the answer unknown.
 */
export function pipelineLabels(text: string, file: string): PipelineLabels | { readonly unknown: string } {
  const { file: tree, diagnostics } = parse({ name: file, text });
  if (tree === undefined || diagnostics.length > 0) return { unknown: diagnostics[0]?.message ?? 'it does not parse' };
  const found = new Collected();
  for (const statement of tree.body) found.statement(statement);
  if (found.unknown !== undefined) return { unknown: found.unknown };
  // What is also metadata has moved there.
  for (const name of found.structuredMetadata) found.labels.delete(name);
  return { labels: found.labels, structuredMetadata: found.structuredMetadata };
}

/** Labels that a component gives by itself. */
const ownLabels: Readonly<Record<string, readonly string[]>> = {
  'loki.source.file': ['filename'],
  'loki.source.kubernetes': ['instance', 'job'],
  'loki.source.podlogs': ['instance', 'job', 'namespace', 'pod', 'container'],
  'loki.source.kubernetes_events': ['namespace', 'job', 'instance'],
  'loki.source.docker': ['instance'],
  'loki.source.journal': ['job'],
  'otelcol.exporter.loki': ['exporter', 'job', 'instance', 'level'],
  'stage.cri': ['stream'],
  'stage.docker': ['stream'],
};

class Collected {
  readonly labels = new Set<string>();
  readonly structuredMetadata = new Set<string>();
  unknown: string | undefined;

  statement(statement: Statement): void {
    if (statement.kind === 'block') this.#block(statement);
  }

  #block(block: Block): void {
    const name = blockName(block);
    if (/^(import\..*|declare|foreach)$/.test(name)) this.unknown ??= `${name} decides at run time`;
    for (const label of ownLabels[name] ?? []) this.labels.add(label);
    if (name === 'rule') this.#rule(block);
    if (name === 'stage.regex' || name === 'stage.pattern') this.#groups(block);
    for (const statement of block.body) {
      if (statement.kind === 'block') this.#block(statement);
      else this.#attribute(name, statement.name.name, statement.value);
    }
  }

  #attribute(block: string, attribute: string, value: Expression): void {
    const isLabels =
      (attribute === 'values' && (block === 'stage.labels' || block === 'stage.static_labels')) ||
      (attribute === 'labels' && block.startsWith('loki.source.')) ||
      attribute === 'external_labels';
    if (isLabels) this.#keys(block, value, this.labels);
    else if (attribute === 'values' && block === 'stage.structured_metadata')
      this.#keys(block, value, this.structuredMetadata);
    else if ((attribute === 'targets' || attribute === 'path_targets') && value.kind === 'list') {
      for (const item of value.items) this.#keys(block, item, this.labels);
    }
  }

  #keys(block: string, value: Expression, into: Set<string>): void {
    if (value.kind !== 'object') {
      this.unknown ??= `${block} computes its labels`;
      return;
    }
    for (const { name } of value.fields) if (!name.startsWith('__')) into.add(name);
  }

  #rule(block: Block): void {
    if (['labelmap', 'labelkeep'].includes(textOf(block, 'action') ?? ''))
      this.unknown ??= 'a labelmap rule copies labels';
    const target = textOf(block, 'target_label');
    if (target !== undefined && !target.startsWith('__')) this.labels.add(target);
  }

  #groups(block: Block): void {
    const fromGroups = attributeOf(block, 'labels_from_groups');
    if (fromGroups?.kind !== 'literal' || fromGroups.text !== 'true') return;
    const expression = textOf(block, 'expression') ?? textOf(block, 'pattern') ?? '';
    for (const [, name] of expression.matchAll(/<([A-Za-z_]\w*)>/g)) this.labels.add(name!);
  }
}

function attributeOf(block: Block, name: string): Expression | undefined {
  const found = block.body.find((statement) => statement.kind === 'attribute' && statement.name.name === name);
  return found?.kind === 'attribute' ? found.value : undefined;
}

function textOf(block: Block, name: string): string | undefined {
  const value = attributeOf(block, name);
  if (value?.kind !== 'literal' || value.type !== 'string') return undefined;
  const result = unquote(value.text);
  return 'value' in result ? result.value : undefined;
}
