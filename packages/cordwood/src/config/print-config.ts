import { stringify } from 'yaml';
import { showScalar } from './limits-config.ts';
import type { LokiValue } from './loki-config.ts';
import { defaultValue, type Field } from './schema/field.ts';
import { lokiBlock } from './schema/loki.ts';

export type PrintConfigMode = 'all' | 'diff' | 'defaults';

/**
 * A configuration as YAML, in Loki's order of keys and with secrets hidden: all of it, only what differs from the defaults,
 * or the defaults.
 */
export function printConfig(value: LokiValue, mode: PrintConfigMode = 'all'): string {
  const defaults = defaultValue(lokiBlock);
  const shown = show(mode === 'defaults' ? defaults : value, lokiBlock, mode === 'diff' ? defaults : undefined);
  return stringify(shown ?? {}, { lineWidth: 0, indentSeq: true, aliasDuplicateObjects: false });
}

/** Undefined: left out, because it is the default or there is nothing to show. */
function show(value: unknown, field: Field, without: unknown): unknown {
  switch (field.kind) {
    case 'block': {
      const members: [string, unknown][] = [];
      for (const [key, member] of Object.entries(field.fields)) {
        const shown = show(
          (value as Record<string, unknown>)[key],
          member,
          (without as Record<string, unknown> | undefined)?.[key],
        );
        if (shown !== undefined) members.push([key, shown]);
      }
      return members.length === 0 ? undefined : Object.fromEntries(members);
    }
    case 'list': {
      const items = value as unknown[];
      if (without !== undefined && JSON.stringify(items) === JSON.stringify(without)) return undefined;
      return items.map((item) => show(item, field.item, undefined) ?? {});
    }
    case 'map': {
      const items = Object.entries(value as object);
      if (without !== undefined && items.length === 0) return undefined;
      return Object.fromEntries(items.map(([key, item]) => [key, show(item, field.item, undefined) ?? {}]));
    }
    case 'any':
      return value;
    default:
      return value === without ? undefined : showScalar(value as string | number | boolean, field);
  }
}
