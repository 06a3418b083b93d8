import { parseByteSize } from '../byte-size.ts';
import { parseGoDurationMs, parsePrometheusDurationMs } from '../duration.ts';

/**
 * What Loki's configuration may contain, as data: one `Field` per key, with Loki's default. Reading, the typed configuration,
 * `/config` and the list of keys that have no effect here are all derived from it.
 *
 * Durations are milliseconds, sizes bytes, times Unix milliseconds (0: not set).
 */
export type Field =
  | TextField
  | BooleanField
  | NumberField
  | DurationField
  | BytesField
  | TimeField
  | ListField<Field>
  | MapField<Field>
  | AnyField
  | BlockField<Fields>;

export type Fields = Readonly<Record<string, Field>>;

/** Why a key is accepted and checked, but has no effect in one process. */
export type NotRun =
  | 'cluster'
  | 'cache'
  | 'object-store'
  | 'tracing'
  | 'experimental'
  | 'deprecated'
  | 'engine'
  /** Not built yet: the default is what Cordwood does. */
  | 'missing';

interface Common {
  /** Undefined: Cordwood does what the key says. */
  readonly notRun?: NotRun;
}
export interface TextField extends Common {
  readonly kind: 'text';
  readonly default: string;
  /** The only texts allowed. */
  readonly oneOf?: readonly string[];
  /** Hidden when the configuration is shown. */
  readonly secret?: boolean;
}
export interface BooleanField extends Common {
  readonly kind: 'boolean';
  readonly default: boolean;
}
export interface NumberField extends Common {
  readonly kind: 'integer' | 'float';
  readonly default: number;
}
export interface DurationField extends Common {
  /** Go's syntax or Prometheus'. */
  readonly kind: 'go-duration' | 'prometheus-duration';
  readonly default: number;
}
export interface BytesField extends Common {
  readonly kind: 'bytes';
  readonly default: number;
}
export interface TimeField extends Common {
  readonly kind: 'time';
  readonly default: number;
}
export interface ListField<Item extends Field> extends Common {
  readonly kind: 'list';
  readonly item: Item;
  readonly default: readonly unknown[];
  /** Also written as one text with commas. */
  readonly commas?: boolean;
}
export interface MapField<Item extends Field> extends Common {
  readonly kind: 'map';
  readonly item: Item;
  /** What a new entry starts from; the defaults of `item` when undefined. */
  readonly entryBase?: unknown;
}
/** Any YAML: a block that another system defines (Prometheus' remote_write, relabelling …). */
export interface AnyField extends Common {
  readonly kind: 'any';
}
export interface BlockField<Members extends Fields> extends Common {
  readonly kind: 'block';
  /** The Go type that Loki names in its errors. */
  readonly typeName: string;
  readonly fields: Members;
}

/** The value that a field reads to. */
export type Value<F extends Field> = F extends TextField
  ? string
  : F extends BooleanField
    ? boolean
    : F extends NumberField | DurationField | BytesField | TimeField
      ? number
      : F extends ListField<infer Item>
        ? readonly Value<Item>[]
        : F extends MapField<infer Item>
          ? Readonly<Record<string, Value<Item>>>
          : F extends BlockField<infer Members>
            ? { readonly [Key in keyof Members]: Value<Members[Key]> }
            : unknown;

export const text = (value = ''): TextField => ({ kind: 'text', default: value });
export const secret = (): TextField => ({ kind: 'text', default: '', secret: true });
export const oneOf = (value: string, ...others: string[]): TextField => ({
  kind: 'text',
  default: value,
  oneOf: [value, ...others],
});
export const boolean = (value: boolean): BooleanField => ({ kind: 'boolean', default: value });
export const integer = (value: number): NumberField => ({ kind: 'integer', default: value });
export const float = (value: number): NumberField => ({ kind: 'float', default: value });
/** A duration in Go's syntax. */
export const go = (value: string): DurationField => ({ kind: 'go-duration', default: parseGoDurationMs(value)! });
/** A duration in Prometheus' syntax. */
export const prometheus = (value: string): DurationField => ({
  kind: 'prometheus-duration',
  default: parsePrometheusDurationMs(value)!,
});
export const bytes = (value: string): BytesField => ({ kind: 'bytes', default: parseByteSize(value)! });
export const time = (): TimeField => ({ kind: 'time', default: 0 });
export const any = (): AnyField => ({ kind: 'any' });

export function list<Item extends Field>(item: Item, value: readonly unknown[] = []): ListField<Item> {
  return { kind: 'list', item, default: value };
}
/** A list of texts that may also be one text with commas. */
export function commaList(...value: string[]): ListField<TextField> {
  return { kind: 'list', item: text(), default: value, commas: true };
}
export function map<Item extends Field>(item: Item, entryBase?: unknown): MapField<Item> {
  return { kind: 'map', item, ...(entryBase === undefined ? {} : { entryBase }) };
}
export function block<Members extends Fields>(typeName: string, fields: Members): BlockField<Members> {
  return { kind: 'block', typeName, fields };
}
/** Marks a field, and all below it, as accepted without effect. */
export function notRun<F extends Field>(reason: NotRun, field: F): F {
  return { ...field, notRun: reason };
}

/** The default of a field as the value it reads to. */
export function defaultValue(field: Field): unknown {
  switch (field.kind) {
    case 'block': {
      const value: Record<string, unknown> = {};
      for (const [key, member] of Object.entries(field.fields)) value[key] = defaultValue(member);
      return value;
    }
    case 'map':
      return {};
    case 'any':
      return undefined;
    default:
      return field.default;
  }
}
