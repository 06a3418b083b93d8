/**
 * Schemas of blocks and how a body is decoded against one: attributes are evaluated and converted, nested blocks decoded,
 * whatever the schema does not know is refused at its place. All problems of a body are reported, not only the first.
 */
import { type Diagnostic, diagnosticAt } from './diagnostic.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { printExpression } from './print.ts';
import { type Attribute, type Block, blockName, type Span, type Statement } from './tree.ts';
import type { Type } from './type.ts';

export interface AttributeSchema<T> {
  readonly type: Type<T>;
  readonly required: boolean;
  readonly fallback: T;
  /** The attribute is known to Alloy but not run here: using it is refused with this reason. */
  readonly unsupported?: string;
}

export function required<T>(type: Type<T>): AttributeSchema<T> {
  return { type, required: true, fallback: type.zero };
}
export function optional<T>(type: Type<T>, fallback: T): AttributeSchema<T> {
  return { type, required: false, fallback };
}
/** Known to Alloy, not run by the host. A value equal to `fallback` (Alloy's default) is accepted: it changes nothing. */
export function unsupported<T>(type: Type<T>, fallback: T, reason: string): AttributeSchema<T> {
  return { type, required: false, fallback, unsupported: reason };
}

/** How a nested block may appear and what its decoded form is. */
export interface BlockField<T> {
  readonly kind: 'one' | 'many' | 'variants' | 'raw' | 'unsupported';
  readonly required: boolean;
  readonly schema: BlockSchema<unknown> | undefined;
  /** Of `variants`: what follows the prefix, e.g. `json` of `stage.json`. */
  readonly variants?: () => ReadonlyMap<string, BlockSchema<unknown>>;
  readonly reason?: string;
  /** Decoded form when the block is absent. */
  readonly absent: (decode: DecodeEmpty) => T;
}
type DecodeEmpty = <A>(schema: BlockSchema<A>) => A;

/** A decoded block of a list of variants, in source order. */
export interface Variant<A = unknown> {
  readonly name: string;
  readonly arguments: A;
  readonly block: Block;
}

/** At most one; undefined when absent. */
export function block<A>(schema: BlockSchema<A>): BlockField<A | undefined> {
  return { kind: 'one', required: false, schema, absent: () => undefined };
}
/** At most one; when absent, its defaults. */
export function blockWithDefaults<A>(schema: BlockSchema<A>): BlockField<A> {
  return { kind: 'one', required: false, schema, absent: (decode) => decode(schema) };
}
export function requiredBlock<A>(schema: BlockSchema<A>): BlockField<A> {
  return { kind: 'one', required: true, schema, absent: (decode) => decode(schema) };
}
export function blocks<A>(schema: BlockSchema<A>): BlockField<readonly A[]> {
  return { kind: 'many', required: false, schema, absent: () => [] };
}
/** Blocks `<field>.<variant>` in source order, e.g. `stage.json`. */
export function variantBlocks(
  variants: () => ReadonlyMap<string, BlockSchema<unknown>>,
): BlockField<readonly Variant[]> {
  return { kind: 'variants', required: false, schema: undefined, variants, absent: () => [] };
}
/** Exactly one, not decoded: its body means something elsewhere. */
export function rawBlock(): BlockField<Block> {
  return { kind: 'raw', required: true, schema: undefined, absent: () => undefined as never };
}
export function unsupportedBlock(reason: string): BlockField<undefined> {
  return { kind: 'unsupported', required: false, schema: undefined, reason, absent: () => undefined };
}

/** Reports a problem at an attribute (or nested block) by its name; undefined is the block itself. */
export type Report = (name: string | undefined, message: string, hint?: string) => void;

export interface BlockSchema<A> {
  readonly attributes: Readonly<Record<string, AttributeSchema<unknown>>>;
  readonly blocks: Readonly<Record<string, BlockField<unknown>>>;
  readonly label: 'none' | 'required';
  /** Any attribute name is accepted, with this type, and ends up in `rest`. */
  readonly rest: Type<unknown> | undefined;
  /** Checks across attributes; runs only when all of them decoded. */
  validate?(args: A, report: Report): void;
  readonly phantom?: A;
}

type AttributeValues<S> = { readonly [K in keyof S]: S[K] extends AttributeSchema<infer T> ? T : never };
type BlockValues<S> = { readonly [K in keyof S]: S[K] extends BlockField<infer T> ? T : never };
type Arguments<A, B> = AttributeValues<A> & BlockValues<B>;

/** What a decoded block of this schema looks like. */
export type ArgumentsOf<S> = S extends BlockSchema<infer A> ? A : never;

export function schema<
  // biome-ignore lint/suspicious/noExplicitAny: inferred per attribute
  const A extends Readonly<Record<string, AttributeSchema<any>>> = Readonly<Record<never, never>>,
  // biome-ignore lint/suspicious/noExplicitAny: inferred per block
  const B extends Readonly<Record<string, BlockField<any>>> = Readonly<Record<never, never>>,
>(parts: {
  attributes?: A;
  blocks?: B;
  label?: 'none' | 'required';
  validate?: (args: Arguments<A, B>, report: Report) => void;
}): BlockSchema<Arguments<A, B>> {
  return {
    attributes: parts.attributes ?? {},
    blocks: parts.blocks ?? {},
    label: parts.label ?? 'none',
    rest: undefined,
    ...(parts.validate === undefined ? {} : { validate: parts.validate }),
  };
}

/** A block whose attributes have free names, such as the arguments of a custom component. */
export function freeSchema<T>(type: Type<T>): BlockSchema<{ readonly rest: ReadonlyMap<string, T> }> {
  return { attributes: {}, blocks: {}, label: 'none', rest: type };
}

export interface DecodeResult<A> {
  /** Undefined when there were errors. */
  readonly arguments: A | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Decodes the body of a block. `owner` is where problems of the block as a whole are reported. */
export function decodeBody<A>(
  body: readonly Statement[],
  blockSchema: BlockSchema<A>,
  scope: Scope,
  owner: Span,
): DecodeResult<A> {
  const decoder = new Decoder(scope);
  const args = decoder.body(body, blockSchema, owner);
  return {
    arguments: decoder.diagnostics.some((d) => d.severity === 'error') ? undefined : args,
    diagnostics: decoder.diagnostics,
  };
}

class Decoder {
  readonly diagnostics: Diagnostic[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  #report(span: Span, message: string, hint?: string): void {
    this.diagnostics.push(diagnosticAt(this.#scope.file, span, message, hint === undefined ? {} : { hint }));
  }

  body<A>(body: readonly Statement[], blockSchema: BlockSchema<A>, owner: Span): A {
    const errorsBefore = this.diagnostics.length;
    const out: Record<string, unknown> = Object.create(null);
    const spans = new Map<string, Span>();
    const attributes = body.filter((statement) => statement.kind === 'attribute');
    const nested = body.filter((statement) => statement.kind === 'block');
    this.#attributes(attributes, blockSchema, out, spans, owner);
    this.#blocks(nested, blockSchema, out, spans, owner);
    if (blockSchema.validate !== undefined && this.diagnostics.length === errorsBefore) {
      blockSchema.validate(out as A, (name, message, hint) => {
        this.#report((name === undefined ? undefined : spans.get(name)) ?? owner, message, hint);
      });
    }
    return out as A;
  }

  #attributes(
    statements: readonly Attribute[],
    blockSchema: BlockSchema<unknown>,
    out: Record<string, unknown>,
    spans: Map<string, Span>,
    owner: Span,
  ): void {
    const rest = new Map<string, unknown>();
    if (blockSchema.rest !== undefined) out['rest'] = rest;
    for (const statement of statements) {
      const { name } = statement.name;
      if (spans.has(name)) {
        this.#report(statement.name, `attribute "${name}" may only be provided once`);
        continue;
      }
      spans.set(name, statement);
      const known = Object.hasOwn(blockSchema.attributes, name) ? blockSchema.attributes[name] : undefined;
      const type = known?.type ?? blockSchema.rest;
      if (type === undefined) {
        if (Object.hasOwn(blockSchema.blocks, name)) {
          this.#report(
            statement.name,
            `"${name}" must be a block, but is used as an attribute`,
            `Write ${name} { ... }.`,
          );
        } else {
          this.#report(statement.name, `unrecognized attribute name "${name}"`, this.#hint(name, blockSchema));
        }
        continue;
      }
      const value = this.#value(statement, type);
      if (value === undefined) continue;
      if (known?.unsupported !== undefined && !same(value.value, known.fallback)) {
        this.#report(
          statement,
          `attribute "${name}" is not supported: ${known.unsupported}`,
          'Remove it, or run this file with Grafana Alloy.',
        );
      }
      if (known !== undefined) out[name] = value.value;
      else rest.set(name, value.value);
    }
    for (const [name, known] of Object.entries(blockSchema.attributes)) {
      if (spans.has(name)) continue;
      if (known.required) this.#report(owner, `missing required attribute "${name}"`);
      out[name] = known.fallback;
    }
  }

  #value(statement: Attribute, type: Type<unknown>): { value: unknown } | undefined {
    const evaluated = evaluate(statement.value, this.#scope);
    if ('diagnostic' in evaluated) {
      this.diagnostics.push(evaluated.diagnostic);
      return undefined;
    }
    const converted = type.convert(evaluated.value);
    if ('value' in converted) return converted;
    const text = printExpression(statement.value, this.#scope.file);
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
    this.#report(statement.value, `${shown}${converted.path} ${converted.error}`);
    return undefined;
  }

  #blocks(
    statements: readonly Block[],
    blockSchema: BlockSchema<unknown>,
    out: Record<string, unknown>,
    spans: Map<string, Span>,
    owner: Span,
  ): void {
    const decodeEmpty: DecodeEmpty = (empty) => this.body([], empty, owner);
    const seen = new Set<string>();
    for (const statement of statements) {
      const name = blockName(statement);
      const nameSpan = { start: statement.start, end: statement.label?.end ?? statement.name.at(-1)!.end };
      const prefix = statement.name[0]!.name;
      const dotted = Object.hasOwn(blockSchema.blocks, name) ? blockSchema.blocks[name] : undefined;
      const family = Object.hasOwn(blockSchema.blocks, prefix) ? blockSchema.blocks[prefix] : undefined;
      const field = dotted ?? (family?.kind === 'variants' && statement.name.length === 2 ? family : undefined);
      if (field === undefined || (field.kind === 'variants' && statement.name.length !== 2)) {
        if (Object.hasOwn(blockSchema.attributes, name)) {
          this.#report(nameSpan, `"${name}" must be an attribute, but is used as a block`, `Write ${name} = ...`);
        } else this.#report(nameSpan, `unrecognized block name "${name}"`, this.#hint(name, blockSchema));
        continue;
      }
      if (field.kind === 'unsupported') {
        this.#report(
          nameSpan,
          `block "${name}" is not supported: ${field.reason}`,
          'Remove it, or run this file with Grafana Alloy.',
        );
        continue;
      }
      if (field.kind === 'raw') {
        if (seen.has(name)) this.#report(nameSpan, `block "${name}" may only be specified once`);
        seen.add(name);
        out[name] = statement;
        continue;
      }
      const inner = field.kind === 'variants' ? field.variants!().get(statement.name[1]!.name) : field.schema;
      if (inner === undefined) {
        const hint = closest(statement.name[1]!.name, [...field.variants!().keys()]);
        this.#report(nameSpan, `unrecognized block name "${name}"`, hint && `Did you mean ${prefix}.${hint}?`);
        continue;
      }
      if (inner.label === 'none' && statement.label !== undefined) {
        this.#report(statement.label, `block "${name}" does not support specifying labels`);
      } else if (inner.label === 'required' && statement.label === undefined) {
        this.#report(nameSpan, `block "${name}" requires non-empty label`);
      }
      if (field.kind === 'one' && seen.has(name)) {
        this.#report(nameSpan, `block "${name}" may only be specified once`);
        continue;
      }
      seen.add(name);
      spans.set(name, nameSpan);
      const decoded = this.body(statement.body, inner, nameSpan);
      if (field.kind === 'one') out[name] = decoded;
      else {
        const key = field.kind === 'variants' ? prefix : name;
        out[key] ??= [];
        (out[key] as unknown[]).push(
          field.kind === 'many' ? decoded : { name: statement.name[1]!.name, arguments: decoded, block: statement },
        );
      }
    }
    for (const [name, field] of Object.entries(blockSchema.blocks)) {
      if (out[name] !== undefined || seen.has(name)) continue;
      if (field.required) this.#report(owner, `missing required block "${name}"`);
      else out[name] = field.absent(decodeEmpty);
    }
  }

  #hint(name: string, blockSchema: BlockSchema<unknown>): string | undefined {
    const names = Object.entries(blockSchema.blocks).flatMap(([key, field]) =>
      field.kind === 'variants' ? [...field.variants!().keys()].map((variant) => `${key}.${variant}`) : [key],
    );
    const near = closest(name, [...Object.keys(blockSchema.attributes), ...names]);
    return near === undefined ? undefined : `Did you mean ${near}?`;
  }
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The candidate at the smallest edit distance, when it is near enough to be a slip of the pen. */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
