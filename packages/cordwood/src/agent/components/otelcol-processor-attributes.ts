import {
  type ArgumentsOf,
  anyType,
  block,
  blocks,
  enumType,
  listType,
  nullableType,
  optional,
  required,
  schema,
  stringType,
  unsupported,
  unsupportedBlock,
  type Value,
} from '@cordwood/alloy';
import type { OtlpAttribute, OtlpLogRecord, OtlpLogs, OtlpResourceLogs, OtlpValue } from '../../codec/otlp-logs.ts';
import type { Re2 } from '../../extract/re2.ts';
import { regexType } from '../argument-types.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { type OtlpLogsConsumer, otelcolConsumerValue } from '../otelcol/logs-consumer.ts';
import { forwardLogs, outputBlock } from '../otelcol/output.ts';
import { hashValue, valueAsString } from '../otelcol/value.ts';
import type { Receipt } from '../receipt.ts';

const actionSchema = schema({
  attributes: {
    key: optional(stringType, ''),
    action: required(enumType('insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert')),
    value: optional(nullableType(anyType), undefined),
    from_attribute: optional(stringType, ''),
    from_context: unsupported(stringType, '', 'client metadata is not carried'),
    pattern: optional(nullableType(regexType), undefined),
    converted_type: optional(enumType('', 'int', 'double', 'string'), ''),
  },
  validate(args, report) {
    const sets = args.action === 'insert' || args.action === 'update' || args.action === 'upsert';
    if (args.key === '' && ((args.action !== 'delete' && args.action !== 'hash') || args.pattern === undefined))
      report('key', 'key must be set');
    if (sets && (args.value === undefined) === (args.from_attribute === '')) {
      report('action', `action "${args.action}" needs exactly one of value and from_attribute`);
    }
    if (
      args.action === 'extract' &&
      (args.pattern === undefined ||
        args.pattern.groupNames.slice(1).some((name) => name === '') ||
        args.pattern.groupNames.length === 1)
    ) {
      report('pattern', 'action "extract" needs a pattern in which all groups have names');
    }
    if (args.action === 'convert' && args.converted_type === '')
      report('converted_type', 'action "convert" needs converted_type');
  },
});

const matchSchema = schema({
  attributes: {
    match_type: required(enumType('strict', 'regexp')),
    services: optional(listType(stringType), []),
    log_bodies: optional(listType(stringType), []),
    log_severity_texts: optional(listType(stringType), []),
  },
  blocks: {
    attribute: blocks(
      schema({ attributes: { key: required(stringType), value: optional(nullableType(anyType), undefined) } }),
    ),
    resource: blocks(
      schema({ attributes: { key: required(stringType), value: optional(nullableType(anyType), undefined) } }),
    ),
    regexp: unsupportedBlock('the cache of expressions is not configurable'),
    log_severity: unsupportedBlock('severity ranges'),
    library: unsupportedBlock('matching by instrumentation library'),
  },
});

const argumentSchema = schema({
  blocks: {
    action: blocks(actionSchema),
    include: block(matchSchema),
    exclude: block(matchSchema),
    output: outputBlock,
  },
  validate(args, report) {
    for (const name of ['include', 'exclude'] as const) {
      const match = args[name];
      if (match?.match_type !== 'regexp') continue;
      for (const pattern of patternsOf(match)) {
        const compiled = regexType.convert({ kind: 'string', value: pattern });
        if ('error' in compiled) report(name, compiled.error);
      }
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;
type Action = Arguments['action'][number];
type Match = NonNullable<Arguments['include']>;

/** Changes attributes of log records. */
export const otelcolProcessorAttributes: ComponentDefinition<Arguments> = {
  name: 'otelcol.processor.attributes',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new AttributesProcessor(context),
};

class AttributesProcessor implements Component<Arguments>, OtlpLogsConsumer {
  readonly componentId: string;
  readonly exports;
  #args: Arguments | undefined;
  #include: RecordTest | undefined;
  #exclude: RecordTest | undefined;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.exports = new Map([['input', otelcolConsumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#args = args;
    this.#include = args.include && createTest(args.include);
    this.#exclude = args.exclude && createTest(args.exclude);
  }

  async consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void> {
    const { action: actions, output } = this.#args!;
    const changed: OtlpLogs = {
      resourceLogs: logs.resourceLogs.map((resource) => ({
        ...resource,
        scopeLogs: resource.scopeLogs.map((scope) => ({
          ...scope,
          records: scope.records.map((record) => {
            if (this.#include?.(record, resource) === false || this.#exclude?.(record, resource)) return record;
            return { ...record, attributes: actions.reduce(applyAction, record.attributes) };
          }),
        })),
      })),
    };
    await forwardLogs(output.logs, changed, receipt);
  }

  start(): void {}
  async stop(): Promise<void> {}
}

function fromAlloy(value: Value): OtlpValue {
  switch (value.kind) {
    case 'bool':
      return { kind: 'bool', value: value.value };
    case 'number':
      return value.type === 'float' ? { kind: 'double', value: value.value } : { kind: 'int', value: value.value };
    case 'string':
      return { kind: 'string', value: value.value };
    case 'array':
      return { kind: 'array', values: value.items.map(fromAlloy) };
    case 'object':
      return { kind: 'map', entries: [...value.fields].map(([key, field]) => ({ key, value: fromAlloy(field) })) };
    default:
      return { kind: 'empty' };
  }
}

function find(attributes: readonly OtlpAttribute[], key: string): OtlpValue | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value;
}

function put(attributes: readonly OtlpAttribute[], key: string, value: OtlpValue): OtlpAttribute[] {
  const out = attributes.filter((attribute) => attribute.key !== key);
  out.push({ key, value });
  return out;
}

function applyAction(attributes: readonly OtlpAttribute[], action: Action): readonly OtlpAttribute[] {
  const { key, pattern } = action;
  const present = find(attributes, key);
  switch (action.action) {
    case 'insert':
    case 'update':
    case 'upsert': {
      const value = action.value === undefined ? find(attributes, action.from_attribute) : fromAlloy(action.value);
      if (value === undefined) return attributes;
      if (action.action === 'insert' && present !== undefined) return attributes;
      if (action.action === 'update' && present === undefined) return attributes;
      return put(attributes, key, value);
    }
    case 'delete':
      return attributes.filter((attribute) => attribute.key !== key && !pattern?.test(attribute.key));
    case 'hash':
      return attributes.map((attribute) =>
        attribute.key === key || pattern?.test(attribute.key)
          ? { key: attribute.key, value: { kind: 'string', value: hashValue(attribute.value) } }
          : attribute,
      );
    case 'extract': {
      if (present?.kind !== 'string') return attributes;
      const match = pattern!.exec(present.value);
      if (match === null) return attributes;
      let out = attributes;
      for (const [i, name] of pattern!.groupNames.entries()) {
        if (i > 0) out = put(out, name, { kind: 'string', value: match.groups[i] ?? '' });
      }
      return out;
    }
    case 'convert': {
      const converted = present && convert(present, action.converted_type);
      return converted === undefined ? attributes : put(attributes, key, converted);
    }
  }
}

/** The value in another type; undefined when that cannot be. */
function convert(value: OtlpValue, type: string): OtlpValue | undefined {
  const text = valueAsString(value);
  if (type === 'string') return { kind: 'string', value: text };
  if (type === 'int') {
    if (value.kind === 'double') return { kind: 'int', value: BigInt(Math.trunc(value.value)) };
    if (value.kind === 'bool') return { kind: 'int', value: value.value ? 1n : 0n };
    return /^[+-]?\d+$/.test(text) ? { kind: 'int', value: BigInt(text) } : undefined;
  }
  if (value.kind === 'bool') return { kind: 'double', value: value.value ? 1 : 0 };
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : { kind: 'double', value: number };
}

type RecordTest = (record: OtlpLogRecord, resource: OtlpResourceLogs) => boolean;

function patternsOf(match: Match): string[] {
  const values = [...match.attribute, ...match.resource].flatMap(({ value }) =>
    value?.kind === 'string' ? [value.value] : [],
  );
  return [...match.services, ...match.log_bodies, ...match.log_severity_texts, ...values];
}

/** All kinds of conditions must hold; within a list, one. */
function createTest(match: Match): RecordTest {
  const compile = (text: string): ((candidate: string) => boolean) => {
    if (match.match_type === 'strict') return (candidate) => candidate === text;
    const compiled = regexType.convert({ kind: 'string', value: text });
    const regex: Re2 | undefined = 'value' in compiled ? compiled.value : undefined;
    return (candidate) => regex?.test(candidate) === true;
  };
  const anyOf = (texts: readonly string[]) => {
    const tests = texts.map(compile);
    return (candidate: string) => tests.length === 0 || tests.some((test) => test(candidate));
  };
  const attributeTests = (wanted: Match['attribute']) =>
    wanted.map(({ key, value }) => {
      const test = value === undefined ? () => true : compile(valueAsString(fromAlloy(value)));
      return (attributes: readonly OtlpAttribute[]) => {
        const found = find(attributes, key);
        return found !== undefined && test(valueAsString(found));
      };
    });
  const service = anyOf(match.services);
  const body = anyOf(match.log_bodies);
  const severity = anyOf(match.log_severity_texts);
  const own = attributeTests(match.attribute);
  const ofResource = attributeTests(match.resource);
  return (record, resource) =>
    service(valueAsString(find(resource.attributes, 'service.name') ?? { kind: 'empty' })) &&
    body(valueAsString(record.body)) &&
    severity(record.severityText) &&
    own.every((test) => test(record.attributes)) &&
    ofResource.every((test) => test(resource.attributes));
}
