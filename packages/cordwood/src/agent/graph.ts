/**
 * The component graph of a configuration: which blocks there are, what refers to what, in which order they are evaluated.
 * Nothing is evaluated here; every problem that can be seen without evaluating is reported here.
 */
import {
  type Block,
  blockName,
  bodyReferences,
  closest,
  type Diagnostic,
  diagnosticAt,
  experimentalFunctions,
  type Reference,
  type SourceFile,
  type Span,
} from '@cordwood/alloy';
import { isOnlyInAlloy } from './alloy-components.ts';
import { type ComponentDefinition, type Stability, stabilities } from './component.ts';

/** A block that becomes a component. */
export interface GraphNode {
  /** `loki.write.default` */
  readonly id: string;
  readonly definition: ComponentDefinition;
  readonly block: Block;
  readonly file: SourceFile;
  /** Place of name and label, for problems of the block as a whole. */
  readonly span: Span;
  /** Ids of the nodes that must be evaluated before. */
  readonly dependsOn: ReadonlySet<string>;
}

/** A top-level block that configures the agent itself. */
export interface SettingBlock {
  readonly name: string;
  readonly block: Block;
  readonly file: SourceFile;
}

export interface Graph {
  /** In the order of evaluation: dependencies first. */
  readonly nodes: readonly GraphNode[];
  readonly settings: readonly SettingBlock[];
  readonly diagnostics: readonly Diagnostic[];
  /** Places of references that lead nowhere: evaluating them would only say so again. */
  readonly brokenReferences: ReadonlySet<string>;
}

/** Key of a place in `brokenReferences`. */
export function placeKey(diagnostic: Pick<Diagnostic, 'file' | 'line' | 'column'>): string {
  return `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
}

export interface GraphOptions {
  readonly definitions: ReadonlyMap<string, ComponentDefinition>;
  /** Names of the blocks that configure the agent itself. */
  readonly settingNames: ReadonlySet<string>;
  /** Does a chain of names mean something that is not a component of this graph? */
  readonly isOuterName: (names: readonly string[]) => boolean;
  readonly stability: Stability;
}

/** The longest prefix of a chain of names that is the id of a node. */
export function resolveNode<T>(
  nodes: ReadonlyMap<string, T>,
  names: readonly string[],
): { node: T; used: number } | undefined {
  for (let used = names.length; used > 0; used--) {
    const node = nodes.get(names.slice(0, used).join('.'));
    if (node !== undefined) return { node, used };
  }
  return undefined;
}

/** Builds the graph of the blocks of all files; references go across files. */
export function buildGraph(blocks: readonly { block: Block; file: SourceFile }[], options: GraphOptions): Graph {
  const diagnostics: Diagnostic[] = [];
  const settings: SettingBlock[] = [];
  const found = new Map<string, Omit<GraphNode, 'dependsOn'>>();
  /** Ids of all blocks with a label: what refers to one that is refused itself is not to blame. */
  const labelled = new Set<string>();
  const brokenReferences = new Set<string>();
  for (const { block, file } of blocks) {
    const report = (span: Span, message: string, hint?: string) => {
      diagnostics.push(diagnosticAt(file, span, message, hint === undefined ? {} : { hint }));
    };
    const name = blockName(block);
    const span = { start: block.start, end: block.label?.end ?? block.name.at(-1)!.end };
    const id = block.label === undefined ? name : `${name}.${block.label.text}`;
    const declared = found.get(id);
    if (options.settingNames.has(name)) {
      const first = settings.find((setting) => setting.name === name);
      if (first !== undefined) report(span, `block ${name} already declared at ${placeText(first)}`);
      else settings.push({ name, block, file });
      continue;
    }
    const definition = options.definitions.get(name);
    if (block.label !== undefined) labelled.add(`${name}.${block.label.text}`);
    if (definition === undefined) {
      const near = closest(name, [...options.definitions.keys(), ...options.settingNames]);
      const hint = isOnlyInAlloy(name)
        ? 'Grafana Alloy has it, and Cordwood does not run it.'
        : near === undefined
          ? 'Cordwood does not run this component; Grafana Alloy may.'
          : `Did you mean ${near}?`;
      report(span, `cannot find the definition of component name "${name}"`, hint);
    } else if (stabilities.indexOf(definition.stability) < stabilities.indexOf(options.stability)) {
      report(
        span,
        `component "${name}" is at stability level "${definition.stability}", which is below the minimum allowed stability level "${options.stability}"`,
        `Use --stability.level=${definition.stability} to enable it.`,
      );
    } else if (block.label === undefined && definition.labelOptional !== true) {
      report(span, `component "${name}" must have a label`);
    } else if (declared !== undefined) report(span, `block ${declared.id} already declared at ${placeText(declared)}`);
    else found.set(id, { id, definition, block, file, span });
  }
  const nodes = new Map<string, GraphNode>();
  for (const node of found.values()) {
    nodes.set(node.id, {
      ...node,
      dependsOn: dependencies(node, found, labelled, options, diagnostics, brokenReferences),
    });
  }
  return { nodes: sort(nodes, diagnostics), settings, diagnostics, brokenReferences };
}

function placeText(node: { file: SourceFile; block: Block }): string {
  const { file, line, column } = diagnosticAt(node.file, node.block, '');
  return `${file}:${line}:${column}`;
}

function dependencies(
  node: Omit<GraphNode, 'dependsOn'>,
  nodes: ReadonlyMap<string, Omit<GraphNode, 'dependsOn'>>,
  labelled: ReadonlySet<string>,
  options: GraphOptions,
  diagnostics: Diagnostic[],
  brokenReferences: Set<string>,
): Set<string> {
  const out = new Set<string>();
  const own = node.definition.ownNames?.(node.block);
  for (const reference of bodyReferences(node.block.body)) {
    if (own?.(reference.names)) continue;
    const experimental = reference.names.slice(0, 2).join('.');
    const report = (message: string, hint?: string) => {
      const diagnostic = diagnosticAt(node.file, reference.span, message, hint === undefined ? {} : { hint });
      brokenReferences.add(placeKey(diagnostic));
      diagnostics.push(diagnostic);
    };
    const target = resolveNode(nodes, reference.names);
    if (target === undefined && experimentalFunctions.has(experimental) && options.stability !== 'experimental') {
      report(`function "${experimental}" is experimental`, 'Use --stability.level=experimental to enable it.');
    } else if (target !== undefined) {
      const problem = exportProblem(reference, target.node.definition, target.node.id, target.used);
      if (target.node.id === node.id) report(`self reference: ${node.id}`);
      else if (problem !== undefined) report(problem.message, problem.hint);
      else out.add(target.node.id);
    } else if (reference.names.some((_, i) => labelled.has(reference.names.slice(0, i + 1).join('.')))) {
      brokenReferences.add(placeKey(diagnosticAt(node.file, reference.span, '')));
    } else if (!options.isOuterName(reference.names)) {
      const wanted = reference.names.join('.');
      const exported = [...nodes.values()].flatMap(({ id, definition }) =>
        definition.exports.map((name) => `${id}.${name}`),
      );
      const near = closest(wanted, exported);
      report(`component "${wanted}" does not exist or is out of scope`, near && `Did you mean ${near}?`);
    }
  }
  return out;
}

function exportProblem(
  reference: Reference,
  definition: ComponentDefinition,
  id: string,
  used: number,
): { message: string; hint: string } | undefined {
  const name = reference.names[used];
  if (name === undefined || definition.exports.includes(name)) return undefined;
  const hint = definition.exports.length === 0 ? 'It exports nothing.' : `It exports ${definition.exports.join(', ')}.`;
  return { message: `"${id}" does not export "${name}"`, hint };
}

/** Dependencies first; otherwise in the order of the text. Reports each cycle once. */
function sort(nodes: ReadonlyMap<string, GraphNode>, diagnostics: Diagnostic[]): GraphNode[] {
  const out: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (node: GraphNode): void => {
    if (state.get(node.id) === 'done') return;
    if (state.get(node.id) === 'open') {
      const cycle = path.slice(path.indexOf(node.id));
      diagnostics.push(
        diagnosticAt(node.file, node.span, `cycle: ${cycle.join(', ')}`, {
          hint: 'Components may not feed each other in a circle.',
        }),
      );
      return;
    }
    state.set(node.id, 'open');
    path.push(node.id);
    for (const id of node.dependsOn) visit(nodes.get(id)!);
    path.pop();
    state.set(node.id, 'done');
    out.push(node);
  };
  for (const node of nodes.values()) visit(node);
  return out;
}
