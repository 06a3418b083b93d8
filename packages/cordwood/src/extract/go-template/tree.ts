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
export function printPipe(pipe: Pipe): string {
  const head = pipe.variables.length > 0 ? `${pipe.variables.join(', ')} ${pipe.assigns ? '=' : ':='} ` : '';
  return head + pipe.commands.map(printCommand).join(' | ');
}

export function printCommand(command: Command): string {
  return command.operands
    .map((operand) => (operand.kind === 'pipe' ? `(${printPipe(operand.pipe)})` : printOperand(operand)))
    .join(' ');
}

export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'string':
    case 'integer':
    case 'float':
      return operand.source;
    case 'bool':
      return String(operand.value);
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'field':
      return operand.names.map((name) => `.${name}`).join('');
    case 'variable':
      return operand.names.join('.');
    case 'function':
      return operand.name;
    case 'pipe':
      return printPipe(operand.pipe);
    case 'chain': {
      const inner =
        operand.operand.kind === 'pipe' ? `(${printPipe(operand.operand.pipe)})` : printOperand(operand.operand);
      return inner + operand.names.map((name) => `.${name}`).join('');
    }
  }
}
