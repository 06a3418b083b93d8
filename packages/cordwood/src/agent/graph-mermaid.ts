import { bodyReferences } from '@cordwood/alloy';
import type { Agent } from './agent.ts';
import { type GraphNode, resolveNode } from './graph.ts';

/** One arrow of the flow of entries or targets. */
export interface FlowEdge {
  readonly from: string;
  readonly to: string;
}

/** Exports that take what flows: who refers to one feeds it. Everything else (targets, rules) flows to who refers to it. */
const inlets: ReadonlySet<string> = new Set(['receiver', 'input']);

/** Which component feeds which. */
export function flowEdges(nodes: readonly GraphNode[]): FlowEdge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = new Map<string, FlowEdge>();
  for (const node of nodes) {
    for (const reference of bodyReferences(node.block.body)) {
      const target = resolveNode(byId, reference.names);
      if (target === undefined || target.node.id === node.id) continue;
      const isInlet = inlets.has(reference.names[target.used] ?? '');
      const edge = isInlet ? { from: node.id, to: target.node.id } : { from: target.node.id, to: node.id };
      edges.set(`${edge.from} ${edge.to}`, edge);
    }
  }
  return [...edges.values()];
}

/** `cordwood graph`: the components of a configuration as a Mermaid flow chart, in the direction in which entries flow. */
export function graphMermaid(agent: Agent): string {
  const nodes = agent.nodes().map(({ node }) => node);
  const ids = new Map(nodes.map((node, i) => [node.id, `n${i}`]));
  const lines = ['flowchart LR'];
  for (const node of nodes)
    lines.push(`  ${ids.get(node.id)}["${node.definition.name}<br>${node.block.label?.text ?? ''}"]`);
  for (const { from, to } of flowEdges(nodes)) lines.push(`  ${ids.get(from)} --> ${ids.get(to)}`);
  return `${lines.join('\n')}\n`;
}
