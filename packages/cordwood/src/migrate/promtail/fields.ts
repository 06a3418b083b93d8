/**
 * Most of the conversion is a table: a key of Promtail's YAML becomes an attribute or a block of Alloy. The order of a table is
 * the order of the output.
 */
import { type NewExpression, type NewItem, printByteSize, printDuration } from '@cordwood/alloy';
import { parseByteSize } from '../../config/byte-size.ts';
import { parseGoDurationMs, parsePrometheusDurationMs } from '../../config/duration.ts';
import { closestName } from '../../model/closest-name.ts';
import type { Conversion, Severity } from './conversion.ts';
import type { YamlEntry, YamlValue } from './yaml-value.ts';

/** Makes an expression of a value; undefined after it reported why not. */
export type Reader = (value: YamlValue, conversion: Conversion) => NewExpression | undefined;

export interface Field {
  /** Key in the YAML. */
  readonly from: string;
  convert(entry: YamlEntry, conversion: Conversion): readonly NewItem[];
  /** What stands for it when the key is absent. */
  absent?(conversion: Conversion): readonly NewItem[];
}

/** A mapping of the YAML and what becomes of its keys. */
export interface Table {
  /** Go's name of the type, for the text about unknown keys. */
  readonly goType: string;
  readonly fields: readonly Field[];
  /** Promtail decodes this mapping without complaint about keys that it does not know. */
  readonly lenient?: boolean;
}

/** The items of a mapping by its table; keys that the table does not have are reported. */
export function convertTable(value: YamlValue, table: Table, conversion: Conversion): NewItem[] {
  if (value.kind !== 'map' && value.kind !== 'null') conversion.cannotUnmarshal(value, table.goType);
  for (const entry of value.entries) {
    if (!table.fields.some(({ from }) => from === entry.key)) reportUnknown(entry, table, conversion);
  }
  return convertFields(value, table.fields, conversion);
}

/** The items of these keys of a mapping, whatever else it has. */
export function convertFields(value: YamlValue, fields: readonly Field[], conversion: Conversion): NewItem[] {
  const entries = new Map(value.entries.map((entry) => [entry.key, entry]));
  return fields.flatMap((field) => {
    const entry = entries.get(field.from);
    // `key:` without a value is the default.
    if (entry === undefined || entry.value.kind === 'null') return field.absent?.(conversion) ?? [];
    return field.convert(entry, conversion);
  });
}

function reportUnknown({ key, place }: YamlEntry, table: Table, conversion: Conversion): void {
  const near = closestName(
    key,
    table.fields.map(({ from }) => from),
  );
  const hint = near === undefined ? undefined : `did you mean '${near}'?`;
  if (table.lenient !== true) conversion.refuse(place, `field ${key} not found in type ${table.goType}`, hint);
  else conversion.report(place, 'warning', `${key} is unknown to ${table.goType}: Promtail ignores it, too`, hint);
}

export interface AttributeOptions {
  /** Its name in Alloy when that is another one. */
  readonly to?: string;
  /** Alloy's default: then it need not be written. */
  readonly omit?: NewExpression;
  /** Written when the key is absent. */
  readonly absent?: NewExpression;
}

/** A key that becomes an attribute. */
export function attribute(from: string, read: Reader, options: AttributeOptions = {}): Field {
  const name = options.to ?? from;
  const { omit, absent } = options;
  return {
    from,
    convert({ value, place }, conversion) {
      const expression = read(value, conversion);
      if (expression === undefined || (omit !== undefined && same(expression, omit))) return [];
      return [conversion.attribute(name, expression, place)];
    },
    ...(absent === undefined ? {} : { absent: (conversion: Conversion) => [conversion.attribute(name, absent)] }),
  };
}

function same(a: NewExpression, b: NewExpression): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A key that becomes a block. */
export function block(from: string, table: Table, to: string = from): Field {
  return {
    from,
    convert: ({ value, place }, conversion) => [conversion.block(to, convertTable(value, table, conversion), place)],
  };
}

/** A list of mappings that becomes a block for each. */
export function blocks(from: string, table: Table, to: string): Field {
  return {
    from,
    convert({ value }, conversion) {
      if (value.kind !== 'list') conversion.cannotUnmarshal(value, `[]${table.goType}`);
      return value.items.map((item) => conversion.block(to, convertTable(item, table, conversion), item.place));
    },
  };
}

/** A key without an equal in Alloy. */
export function noEquivalent(from: string, severity: Severity, message: string, hint?: string): Field {
  return {
    from,
    convert({ place }, conversion) {
      conversion.report(place, severity, message, hint);
      return [];
    },
  };
}

/** A key that something else reads. */
export function readElsewhere(from: string): Field {
  return { from, convert: () => [] };
}

export const text: Reader = (value, conversion) => {
  return value.kind === 'scalar' ? conversion.text(value.text) : conversion.cannotUnmarshal(value, 'string');
};

const truths: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['true', 'yes', 'on', 'y'].map((word) => [word, true]),
  ...['false', 'no', 'off', 'n'].map((word) => [word, false]),
]);

export const boolean: Reader = (value, conversion) => {
  return truths[value.text.toLowerCase()] ?? conversion.cannotUnmarshal(value, 'bool');
};

export const integer: Reader = (value, conversion) => {
  const number = Number(value.text.replaceAll('_', ''));
  return value.text !== '' && Number.isInteger(number) ? number : conversion.cannotUnmarshal(value, 'int');
};

export const number: Reader = (value, conversion) => {
  const number = Number(value.text);
  return value.text !== '' && Number.isFinite(number) ? number : conversion.cannotUnmarshal(value, 'float64');
};

/** Go's durations; a plain integer is nanoseconds, as YAML gives it to Go. */
export const goDuration: Reader = (value, conversion) => {
  const durationMs = /^[+-]?\d+$/.test(value.text) ? Number(value.text) / 1e6 : parseGoDurationMs(value.text);
  return durationMs === undefined ? conversion.cannotUnmarshal(value, 'time.Duration') : printDuration(durationMs);
};

/** A duration of a pipeline stage: always text with a unit. */
export const stageDuration: Reader = (value, conversion) => {
  const durationMs = parseGoDurationMs(value.text);
  if (durationMs !== undefined && value.text !== '0') return printDuration(durationMs);
  conversion.report(
    value.place,
    'error',
    `time: invalid duration "${value.text}"`,
    'units: ns, us, ms, s, m, h (no days)',
  );
  return undefined;
};

/** Prometheus' durations, with days and weeks. */
export const prometheusDuration: Reader = (value, conversion) => {
  const durationMs = parsePrometheusDurationMs(value.text);
  if (durationMs !== undefined) return printDuration(durationMs);
  return conversion.refuse(value.place, `not a valid duration string: "${value.text}"`);
};

/** `256KB`; a plain integer is bytes. */
export const byteSize: Reader = (value, conversion) => {
  const bytes = parseByteSize(value.text);
  return bytes === undefined ? conversion.cannotUnmarshal(value, 'flagext.ByteSize') : printByteSize(bytes);
};

export const texts: Reader = (value, conversion) => {
  if (value.kind !== 'list') return conversion.cannotUnmarshal(value, '[]string');
  return value.items.flatMap((item) => text(item, conversion) ?? []);
};

export const numbers: Reader = (value, conversion) => {
  if (value.kind !== 'list') return conversion.cannotUnmarshal(value, '[]float64');
  return value.items.flatMap((item) => number(item, conversion) ?? []);
};

/** A mapping of texts, sorted by key as Go prints it; what `absent` says stands for `key:` without a value. */
export function textMap(absent: NewExpression = ''): Reader {
  return (value, conversion) => {
    if (value.kind !== 'map') return conversion.cannotUnmarshal(value, 'map[string]string');
    const fields = value.entries.map(({ key, value: member, place }) => {
      const read = member.kind === 'null' ? absent : (text(member, conversion) ?? '');
      return conversion.field(key, read, place);
    });
    return { fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  };
}

/** A mapping of lists of texts. */
export const textsMap: Reader = (value, conversion) => {
  if (value.kind !== 'map') return conversion.cannotUnmarshal(value, 'map[string][]string');
  const fields = value.entries.map(({ key, value: member, place }) =>
    conversion.field(key, texts(member, conversion) ?? [], place),
  );
  return { fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)) };
};
