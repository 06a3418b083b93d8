import { quoteGo } from '../../model/labels.ts';

/** The tree of a Go text/template (https://pkg.go.dev/text/template). `position` is an index into the template's text. */
interface At {
  readonly position: number;
}

export type TemplateNode =
  | (At & { readonly kind: 'text'; readonly text: string })
  | (At & { readonly kind: 'action'; readonly pipe: Pipe })
  | Branch<'if'>
  | Branch<'with'>
  | Branch<'range'>
  | (At & { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined })
  | (At & { readonly kind: 'break' | 'continue' });

export interface Branch<Kind extends 'if' | 'with' | 'range'> extends At {
  readonly kind: Kind;
  readonly pipe: Pipe;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[] | undefined;
}

export interface Pipe extends At {
  /** `$a := ...` or `$i, $e := range ...`; with `=` the variables exist already. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Command extends At {
  readonly operands: readonly Operand[];
}

export type Operand =
  | (At & { readonly kind: 'string'; readonly source: string; readonly value: string })
  | (At & { readonly kind: 'integer'; readonly source: string; readonly value: bigint })
  | (At & { readonly kind: 'float'; readonly source: string; readonly value: number })
  | (At & { readonly kind: 'bool'; readonly value: boolean })
  | (At & { readonly kind: 'nil' })
  | (At & { readonly kind: 'dot' })
  | (At & { readonly kind: 'field'; readonly names: readonly string[] })
  /** `$x.a.b`: names[0] is the variable with its `$`. */
  | (At & { readonly kind: 'variable'; readonly names: readonly string[] })
  | (At & { readonly kind: 'function'; readonly name: string })
  | (At & { readonly kind: 'pipe'; readonly pipe: Pipe })
  /** `(...).a.b` */
  | (At & { readonly kind: 'chain'; readonly operand: Operand; readonly names: readonly string[] });

export interface Template {
  readonly name: string;
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
  /** `define`d and `block` templates by name. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

/** As Go prints a node in its error messages. */
export function printNode(node: TemplateNode | Pipe | Command | Operand): string {
  if ('commands' in node) return printPipe(node);
  if ('operands' in node) return printCommand(node);
  switch (node.kind) {
    case 'string':
    case 'integer':
    case 'float':
      return node.source;
    case 'bool':
      return String(node.value);
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'field':
      return node.names.map((name) => `.${name}`).join('');
    case 'variable':
      return node.names.join('.');
    case 'function':
      return node.name;
    case 'pipe':
      return printPipe(node.pipe);
    case 'chain':
      return printInside(node.operand) + node.names.map((name) => `.${name}`).join('');
    case 'text':
      return node.text;
    case 'action':
      return `{{${printPipe(node.pipe)}}}`;
    case 'template':
      return `{{template ${quoteGo(node.name)}${node.pipe ? ` ${printPipe(node.pipe)}` : ''}}}`;
    case 'if':
    case 'with':
    case 'range': {
      const otherwise = node.otherwise ? `{{else}}${node.otherwise.map(printNode).join('')}` : '';
      return `{{${node.kind} ${printPipe(node.pipe)}}}${node.body.map(printNode).join('')}${otherwise}{{end}}`;
    }
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
  }
}

function printPipe(pipe: Pipe): string {
  const head = pipe.variables.length > 0 ? `${pipe.variables.join(', ')} ${pipe.assigns ? '=' : ':='} ` : '';
  return head + pipe.commands.map(printCommand).join(' | ');
}

function printCommand(command: Command): string {
  return command.operands.map(printInside).join(' ');
}

function printInside(operand: Operand): string {
  return operand.kind === 'pipe' ? `(${printPipe(operand.pipe)})` : printNode(operand);
}
