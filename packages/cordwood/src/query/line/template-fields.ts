import { parseTemplate } from '../../extract/go-template/parse-template.ts';
import type { Command, Operand, Pipe, TemplateNode } from '../../extract/go-template/tree.ts';

/** What a template reads of its data. */
export interface TemplateFields {
  /** `.name` and `$.name`. */
  readonly names: readonly string[];
  /** The data as a whole: `.` alone, or where `with` and `range` may have changed what a field belongs to. */
  readonly everything: boolean;
}

/** Undefined names of functions do not matter here. A template that does not parse reads nothing. */
export function templateFields(text: string): TemplateFields {
  const parsed = parseTemplate('', text, () => true);
  if (parsed.error !== undefined) return { names: [], everything: false };
  const names = new Set<string>();
  const found = { names, everything: false };
  for (const nodes of [parsed.template.nodes, ...parsed.template.defined.values()]) {
    for (const node of nodes) visitNode(node, found);
  }
  return { names: [...names], everything: found.everything };
}

interface Found {
  readonly names: Set<string>;
  everything: boolean;
}

function visitNode(node: TemplateNode, found: Found): void {
  switch (node.kind) {
    case 'text':
    case 'break':
    case 'continue':
      return;
    case 'action':
      visitPipe(node.pipe, found);
      return;
    case 'template':
      if (node.pipe !== undefined) visitPipe(node.pipe, found);
      return;
    case 'if':
    case 'with':
    case 'range':
      visitPipe(node.pipe, found);
      for (const inner of [...node.body, ...(node.otherwise ?? [])]) visitNode(inner, found);
  }
}

function visitPipe(pipe: Pipe, found: Found): void {
  for (const command of pipe.commands) visitCommand(command, found);
}

function visitCommand(command: Command, found: Found): void {
  for (const operand of command.operands) visitOperand(operand, found);
}

function visitOperand(operand: Operand, found: Found): void {
  switch (operand.kind) {
    case 'dot':
      found.everything = true;
      return;
    case 'field':
      found.names.add(operand.names[0]!);
      return;
    case 'variable':
      if (operand.names[0] !== '$') return;
      if (operand.names.length === 1) found.everything = true;
      else found.names.add(operand.names[1]!);
      return;
    case 'pipe':
      visitPipe(operand.pipe, found);
      return;
    case 'chain':
      visitOperand(operand.operand, found);
      return;
    case 'string':
    case 'integer':
    case 'float':
    case 'bool':
    case 'nil':
    case 'function':
      return;
  }
}
