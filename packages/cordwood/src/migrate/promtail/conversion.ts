import { type NewExpression, type NewField, type NewItem, newAttribute, newBlock } from '@cordwood/alloy';
import type { Place, YamlValue } from './yaml-value.ts';

/**
 * How much a finding means, as `alloy convert` grades it: an error leaves something out that mattered, a critical one leaves
 * nothing to write.
 */
export type Severity = 'info' | 'warning' | 'error' | 'critical';

/** Something of the Promtail file that has no equal in Alloy, or means something else there. */
export interface Finding extends Place {
  readonly severity: Severity;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** One conversion: what is found on the way, and from which line each item came. */
export class Conversion {
  readonly findings: Finding[] = [];
  /** What Promtail itself would refuse when it reads the file. */
  readonly unreadable: Finding[] = [];
  /** What Promtail takes and Alloy refuses at its start. `alloy convert` does not look for it, so it is kept apart. */
  readonly refusals: Finding[] = [];
  /** Lines of the YAML text from which items and fields were made; comments find their place by them. */
  readonly lines = new Map<NewItem | NewField, number>();
  readonly #text: (text: string) => NewExpression;

  constructor(text: (text: string) => NewExpression) {
    this.#text = text;
  }

  report(at: Place, severity: Severity, message: string, hint?: string): void {
    const { line, column } = at;
    this.findings.push({ severity, message, line, column, ...(hint === undefined ? {} : { hint }) });
  }

  cannotUnmarshal(value: YamlValue, goType: string): undefined {
    const what = value.kind === 'scalar' ? `${value.tag} \`${value.text}\`` : value.tag;
    return this.refuse(value.place, `cannot unmarshal ${what} into ${goType}`);
  }

  refuse({ line, column }: Place, message: string, hint?: string): undefined {
    this.unreadable.push({ severity: 'critical', message, line, column, ...(hint === undefined ? {} : { hint }) });
  }

  /** A string literal, or what an environment reference in it becomes. */
  text(text: string): NewExpression {
    return this.#text(text);
  }

  attribute(name: string, value: NewExpression, at?: Place): NewItem {
    return this.#placed(newAttribute(name, value), at);
  }

  block(name: string, body: readonly NewItem[], at?: Place, label?: string): NewItem {
    return this.#placed(newBlock(name, body, label), at);
  }

  field(name: string, value: NewExpression, at?: Place): NewField {
    const field = { name, value };
    if (at !== undefined) this.lines.set(field, at.line);
    return field;
  }

  #placed(item: NewItem, at: Place | undefined): NewItem {
    if (at !== undefined) this.lines.set(item, at.line);
    return item;
  }
}
