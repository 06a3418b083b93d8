import { type Level, levels } from './level.ts';
import { CoreLogger, type Fields, type Logger, type LoggerCore, type Origin } from './logger.ts';

/** The part of Standard Schema v1 (https://standardschema.dev) that is used: Zod, Valibot, ArkType and others have it. */
export interface StandardSchema<Input = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined;
    /** Standard JSON Schema: libraries that have it need no `fields` in the definition. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => Record<string, unknown> };
  };
}
export interface StandardResult {
  readonly issues?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[]
    | undefined;
}

export interface EventDefinition {
  readonly level: Level;
  /** What the event carries. Without it the event has no data. */
  readonly data?: StandardSchema | undefined;
  /** Names of the data's fields, where the schema library cannot tell them. */
  readonly fields?: readonly string[];
  readonly description?: string;
}

type InputOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input
  : never;

/** `log.emission_calculated({ … }, { duration_ms })`: one method an event, typed by its schema. */
export type EventMethods<Events extends EventDefinitions> = {
  readonly [Name in keyof Events]: Events[Name] extends { readonly data: infer Schema }
    ? (data: InputOf<Schema>, fields?: Omit<Fields, 'data'>) => void
    : (fields?: Omit<Fields, 'data'>) => void;
};

export type EventDefinitions = Readonly<Record<string, EventDefinition>>;

/** A catalogue of events: what a service may say. */
export interface EventCatalogue<Events extends EventDefinitions = EventDefinitions> {
  readonly events: Events;
  /** For checks of labels, rules and dashboards: which fields exist. */
  readonly describe: () => readonly EventDescription[];
}

export interface EventDescription {
  readonly event: string;
  readonly level: Level;
  /** Names inside `data`; undefined when the schema library does not tell and the definition does not either. */
  readonly fields: readonly string[] | undefined;
  readonly description: string | undefined;
}

const eventName = /^[a-z][a-z0-9_]*$/;

/** Throws a TypeError for a name that is not snake_case, that a logger already uses, or for an unknown level. */
export function defineEvents<const Events extends EventDefinitions>(events: Events): EventCatalogue<Events> {
  for (const [name, { level }] of Object.entries(events)) {
    if (!eventName.test(name)) throw new TypeError(`event "${name}": write it in snake_case`);
    if (name in CoreLogger.prototype)
      throw new TypeError(`event "${name}": a logger already has something of that name`);
    if (!Object.hasOwn(levels, level)) throw new TypeError(`event "${name}": there is no level "${level}"`);
  }
  return {
    events,
    describe: () =>
      Object.entries(events).map(([event, { level, data, fields, description }]) => ({
        event,
        level,
        fields: fields ?? fieldsOf(data),
        description,
      })),
  };
}

function fieldsOf(schema: StandardSchema | undefined): readonly string[] | undefined {
  if (schema === undefined) return [];
  const properties = schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' })['properties'];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : undefined;
}

type EventLoggerClass = new (core: LoggerCore, origin: Origin) => Logger;
const classes = new WeakMap<EventCatalogue, EventLoggerClass>();

/** A logger with the methods of a catalogue; children have them too. One class a catalogue, made when first needed. */
export function createEventLogger<Events extends EventDefinitions>(
  core: LoggerCore,
  origin: Origin,
  catalogue: EventCatalogue<Events>,
): Logger & EventMethods<Events> {
  let type = classes.get(catalogue as never);
  if (type === undefined) {
    type = createClass(catalogue.events);
    classes.set(catalogue as never, type);
  }
  return new type(core, origin) as Logger & EventMethods<Events>;
}

function createClass(events: EventDefinitions): EventLoggerClass {
  class EventLogger extends CoreLogger {
    emit(name: string, definition: EventDefinition, parameters: readonly unknown[]): void {
      if (!this.isEnabled(definition.level)) return;
      if (definition.data === undefined) {
        this.write(definition.level, name, parameters[0]);
        return;
      }
      const [data, fields] = parameters;
      const violations = this.validates ? issuesOf(definition.data, data) : [];
      this.write(definition.level, name, { ...(fields as Fields | undefined), data }, violations);
    }
  }
  for (const [name, definition] of Object.entries(events)) {
    Object.defineProperty(EventLogger.prototype, name, {
      value(this: EventLogger, ...parameters: unknown[]) {
        this.emit(name, definition, parameters);
      },
    });
  }
  return EventLogger;
}

/** Paths of what the schema refuses: `data.tonnes`. A schema that needs to wait, or that throws, is not asked. */
function issuesOf(schema: StandardSchema, data: unknown): string[] {
  try {
    const result = schema['~standard'].validate(data);
    if (result instanceof Promise) return [];
    const paths = (result.issues ?? []).map(({ path }) =>
      ['data', ...(path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))].join('.'),
    );
    return [...new Set(paths)];
  } catch {
    return ['data'];
  }
}
