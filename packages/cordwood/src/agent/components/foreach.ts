import { createHash } from 'node:crypto';
import {
  type ArgumentsOf,
  anyType,
  type Block,
  blockName,
  booleanType,
  type Diagnostic,
  diagnosticAt,
  listType,
  optional,
  rawBlock,
  required,
  schema,
  stringType,
  toPlain,
  type Value,
} from '@cordwood/alloy';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { Module, type ModuleBlock, type ModuleOwner } from '../module.ts';

const argumentSchema = schema({
  attributes: {
    collection: required(listType(anyType)),
    var: required(stringType),
    id: optional(stringType, ''),
    hash_string_id: optional(booleanType, false),
    enable_metrics: optional(booleanType, false),
  },
  blocks: { template: rawBlock() },
  validate(args, report) {
    if (!/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(args.var))
      report('var', `${JSON.stringify(args.var)} is not a valid identifier`);
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Runs the components of its template once per element of a list. */
export const foreach: ComponentDefinition<Arguments> = {
  name: 'foreach',
  stability: 'experimental',
  schema: argumentSchema,
  exports: [],
  /** The variable, and the components of the template. */
  ownNames(block) {
    const template = templateOf(block);
    const variable = block.body.find((statement) => statement.kind === 'attribute' && statement.name.name === 'var');
    const literal =
      variable?.kind === 'attribute' && variable.value.kind === 'literal' ? variable.value.text.slice(1, -1) : '';
    const own = new Set(
      (template?.body ?? []).flatMap((statement) =>
        statement.kind === 'block'
          ? [`${blockName(statement)}${statement.label === undefined ? '' : `.${statement.label.text}`}`]
          : [],
      ),
    );
    return (names) => names[0] === literal || names.some((_, i) => own.has(names.slice(0, i + 1).join('.')));
  },
  create: (context) => new Foreach(context),
};

function templateOf(block: Block): Block | undefined {
  return block.body.find(
    (statement): statement is Block => statement.kind === 'block' && blockName(statement) === 'template',
  );
}

class Foreach implements Component<Arguments>, ModuleOwner {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #running = new Map<string, { module: Module; element: Value }>();
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  get modules(): readonly Module[] {
    return [...this.#running.values()].map(({ module }) => module);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const diagnostics: Diagnostic[] = [];
    const wanted = new Map<string, Value>();
    const counts = new Map<string, number>();
    for (const element of args.collection) {
      const id = elementId(element, args);
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      wanted.set(`foreach_${id}_${count}`, element);
    }
    for (const [id, { module }] of this.#running) {
      if (wanted.has(id)) continue;
      this.#running.delete(id);
      const signal = new AbortController().signal;
      void module.stop(signal).then(() => module.close());
    }
    for (const [id, element] of wanted) {
      const running = this.#running.get(id);
      if (running !== undefined) {
        running.element = element;
        void running.module.evaluateAll();
      } else diagnostics.push(...this.#add(id, element, args));
    }
    return diagnostics.map((diagnostic) => ({ message: diagnostic.message, diagnostic }));
  }

  #add(id: string, element: Value, args: Arguments): Diagnostic[] {
    const { world, outer, dataDirectory, modulePath, id: own } = this.#context;
    const entry = { element } as { module: Module; element: Value };
    const module = new Module({
      world,
      path: `${modulePath === '/' ? '' : modulePath}/${own}/${id}`,
      dataDirectory: `${dataDirectory}/${id}`,
      definitions: world.definitions(),
      settingNames: new Set(),
      outer: {
        resolve: (names) => (names[0] === args.var ? { value: entry.element, used: 1 } : outer.resolve(names)),
      },
    });
    entry.module = module;
    this.#running.set(id, entry);
    const { file } = outer;
    const diagnostics: Diagnostic[] = [];
    const blocks: ModuleBlock[] = [];
    for (const statement of args.template.body) {
      if (statement.kind === 'block') blocks.push({ block: statement, file });
      else diagnostics.push(diagnosticAt(file, statement.name, `unrecognized attribute ${statement.name.name}`));
    }
    diagnostics.push(...module.load(blocks).diagnostics);
    if (this.#started) module.start();
    return diagnostics;
  }

  start(): void {
    this.#started = true;
    for (const { module } of this.#running.values()) module.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    for (const { module } of this.#running.values()) await module.stop(signal);
  }

  async close(): Promise<void> {
    for (const { module } of this.#running.values()) await module.close();
  }
}

/** Name of an element: a text or number of it, else a hash. */
function elementId(element: Value, args: Arguments): string {
  const named = args.id !== '' && element.kind === 'object' ? element.fields.get(args.id) : undefined;
  const value = named ?? element;
  let text: string | undefined;
  if (value.kind === 'string') text = args.hash_string_id ? undefined : value.value;
  else if (value.kind === 'number') text = value.type === 'float' ? value.value.toFixed(6) : String(value.value);
  else if (value.kind === 'bool') text = String(value.value);
  if (text === undefined)
    return createHash('sha256')
      .update(JSON.stringify(toPlain(value)))
      .digest('hex');
  return text.replace(/[^a-zA-Z0-9]/g, '_');
}
