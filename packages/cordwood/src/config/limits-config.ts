import {
  type ConfigBlock,
  type ConfigValue,
  defaultLimits,
  defaultOtlpIndexLabels,
  type Limits,
} from '../model/limits.ts';
import { printByteSize } from './byte-size.ts';
import { printGoDuration, printPrometheusDuration } from './duration.ts';
import type { Field, Fields, Value } from './schema/field.ts';
import { limitsBlock } from './schema/limits.ts';

/**
 * `limits_config` as it is read (schema/limits.ts) to the `Limits` that rooms work with, and back to the form in which Loki
 * shows it. Both follow one rule: `snake_case` becomes `camelCase`, with the unit of the field's kind behind it.
 */
export type LimitsValue = Value<typeof limitsBlock>;

const unitOf: Partial<Record<Field['kind'], string>> = {
  bytes: 'Bytes',
  'go-duration': 'Ms',
  'prometheus-duration': 'Ms',
  time: 'Ms',
};

function camelCase(key: string, field: Field): string {
  const unit = unitOf[field.kind] ?? (field.kind === 'map' ? (unitOf[field.item.kind] ?? '') : '');
  return key.replace(/_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase()) + unit;
}

function toCamel(value: unknown, field: Field): unknown {
  switch (field.kind) {
    case 'block':
      return Object.fromEntries(
        Object.entries(field.fields).map(([key, member]) => [
          camelCase(key, member),
          toCamel((value as Record<string, unknown>)[key], member),
        ]),
      );
    case 'list':
      return (value as unknown[]).map((item) => toCamel(item, field.item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, toCamel(item, field.item)] as const),
      );
    default:
      return value;
  }
}

/** The keys of limits_config that have a place in `Limits`. */
const limitsFields: readonly (readonly [key: string, field: Field, name: keyof Limits])[] = Object.entries(
  limitsBlock.fields as Fields,
)
  .map(([key, field]) => [key, field, camelCase(key, field) as keyof Limits] as const)
  .filter(([, , name]) => Object.hasOwn(defaultLimits, name));

/**
 * The limits that rooms work with. `otlpIndexLabels` are the resource attributes that become labels unless the tenant says
 * `ignore_defaults` (`distributor.otlp_config`).
 */
export function limitsOf(value: LimitsValue, otlpIndexLabels: readonly string[] = defaultOtlpIndexLabels): Limits {
  const limits: Record<string, unknown> = {};
  for (const [key, field, name] of limitsFields) limits[name] = toCamel(value[key as keyof LimitsValue], field);
  const otlp = value.otlp_config;
  const byDefault = { action: 'index_label', attributes: otlpIndexLabels, regex: '' };
  const own = otlp.resource_attributes.attributes_config;
  limits['otlpConfig'] = {
    resourceAttributes: otlp.resource_attributes.ignore_defaults ? own : [byDefault, ...own],
    resourceAttributesIgnoreDefaults: otlp.resource_attributes.ignore_defaults,
    scopeAttributes: otlp.scope_attributes,
    logAttributes: otlp.log_attributes,
    severityTextAsLabel: otlp.severity_text_as_label,
  };
  limits['discoverGenericFields'] = value.discover_generic_fields.fields;
  return limits as unknown as Limits;
}

/** The limits in Loki's own form (`max_line_size: 256KB`), as `/config/tenant/v1/limits` and `drilldown-limits` show them. */
export function limitsDocument(limits: Limits): ConfigBlock {
  const document: Record<string, ConfigValue> = {};
  for (const [key, field, name] of limitsFields) {
    let shown: ConfigValue | undefined;
    if (key === 'otlp_config') shown = otlpDocument(limits);
    else if (key === 'discover_generic_fields') shown = { fields: limits.discoverGenericFields };
    else shown = showCamel(limits[name], field);
    if (shown !== undefined) document[key] = shown;
  }
  return document;
}

/** Undefined where Loki leaves the key out: empty blocks, maps and lists of blocks. */
function showCamel(value: unknown, field: Field): ConfigValue | undefined {
  switch (field.kind) {
    case 'block': {
      const members = Object.entries(field.fields).map(
        ([key, member]) =>
          [key, showCamel((value as Record<string, unknown>)[camelCase(key, member)], member)] as const,
      );
      return Object.fromEntries(members.filter(([, shown]) => shown !== undefined)) as ConfigBlock;
    }
    case 'list': {
      const items = value as unknown[];
      if (items.length === 0 && field.item.kind === 'block') return undefined;
      return items.map((item) => showCamel(item, field.item) ?? null);
    }
    case 'map': {
      const items = Object.entries(value as object).map(
        ([key, item]) => [key, showCamel(item, field.item) ?? null] as const,
      );
      return items.length === 0 ? undefined : Object.fromEntries(items);
    }
    case 'any':
      return value as ConfigValue | undefined;
    default:
      return showScalar(value as string | number | boolean, field);
  }
}

/** A scalar in the text form of its kind. */
export function showScalar(value: string | number | boolean, field: Field): ConfigValue {
  switch (field.kind) {
    case 'bytes':
      return printByteSize(value as number);
    case 'go-duration':
      return printGoDuration(value as number);
    case 'prometheus-duration':
      return printPrometheusDuration(value as number);
    case 'time':
      return value === 0 ? 0 : new Date(value as number).toISOString().replace('.000Z', 'Z');
    case 'text':
      return field.secret === true && value !== '' ? '<secret>' : value;
    default:
      return value;
  }
}

function otlpDocument({ otlpConfig }: Limits): ConfigBlock {
  const rules = (list: Limits['otlpConfig']['logAttributes']): ConfigValue =>
    list.map(({ action, attributes, regex }) => ({
      action,
      ...(attributes.length > 0 ? { attributes } : {}),
      ...(regex === '' ? {} : { regex }),
    }));
  return {
    resource_attributes: {
      ...(otlpConfig.resourceAttributesIgnoreDefaults ? { ignore_defaults: true } : {}),
      ...(otlpConfig.resourceAttributes.length > 0 ? { attributes_config: rules(otlpConfig.resourceAttributes) } : {}),
    },
    ...(otlpConfig.scopeAttributes.length > 0 ? { scope_attributes: rules(otlpConfig.scopeAttributes) } : {}),
    ...(otlpConfig.logAttributes.length > 0 ? { log_attributes: rules(otlpConfig.logAttributes) } : {}),
    ...(otlpConfig.severityTextAsLabel ? { severity_text_as_label: true } : {}),
  };
}
