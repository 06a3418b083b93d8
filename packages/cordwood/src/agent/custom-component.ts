/**
 * Components that a configuration declares itself: `declare`, `import.file`, `import.string`, and `foreach`.
 *
 * A declared component is a definition like any other; creating one creates a module with the blocks of its declaration, in
 * which `argument.x.value` is what the user gave and `export "y"` is what the user gets.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type ArgumentsOf,
  anyType,
  type Block,
  type BlockSchema,
  blockName,
  booleanType,
  type Diagnostic,
  decodeBody,
  decodeSource,
  diagnosticAt,
  durationType,
  enumType,
  freeSchema,
  nullValue,
  optional,
  parse,
  required,
  type Scope,
  type SourceFile,
  schema,
  stringType,
  stringValue,
  type Value,
} from '@cordwood/alloy';
import type { AgentEnvironment, Component, ComponentContext, ComponentDefinition, Problem } from './component.ts';
import { Module, type ModuleBlock, type ModuleOwner, type OuterScope } from './module.ts';

/** Imports within imports that are followed. */
const importDepthMax = 20;

export interface DefinitionWorld {
  readonly library: ReadonlyMap<string, Value>;
  readonly environment: AgentEnvironment;
}

/** Is the block a declaration rather than something to run? */
export function isModuleBlock(block: Block): boolean {
  return blockName(block) === 'declare' || blockName(block).startsWith('import.');
}

/** The components that may be used beside these blocks: those given, and what `declare` and `import` blocks add. */
export function collectDefinitions(
  blocks: readonly ModuleBlock[],
  given: ReadonlyMap<string, ComponentDefinition>,
  world: DefinitionWorld,
  modulePath = '',
  depth = 0,
): { definitions: ReadonlyMap<string, ComponentDefinition>; diagnostics: Diagnostic[] } {
  const definitions = new Map(given);
  const diagnostics: Diagnostic[] = [];
  const owners = new Map<string, ModuleBlock>();
  const add = (name: string, definition: ComponentDefinition, at: ModuleBlock) => {
    const other = owners.get(name);
    if (given.has(name) || other !== undefined) {
      diagnostics.push(diagnosticAt(at.file, at.block, `component ${JSON.stringify(name)} is already declared`));
      return;
    }
    owners.set(name, at);
    definitions.set(name, definition);
  };
  for (const at of blocks) {
    const { block, file } = at;
    const name = blockName(block);
    if (name === 'declare') {
      if (block.label === undefined) diagnostics.push(diagnosticAt(file, block, 'declare block must have a label'));
      else
        add(
          block.label.text,
          declared(block.label.text, block, file, () => definitions, world, modulePath),
          at,
        );
    } else if (name.startsWith('import.')) {
      if (block.label === undefined) {
        diagnostics.push(
          diagnosticAt(file, block, `${name} block must have a label`, {
            hint: 'It is the namespace of what is imported.',
          }),
        );
        continue;
      }
      const imported = importModule(at, given, world, modulePath, depth);
      diagnostics.push(...imported.diagnostics);
      for (const [inner, definition] of imported.definitions) {
        const full = `${block.label.text}.${inner}`;
        add(full, { ...definition, name: full }, at);
      }
    }
  }
  return { definitions, diagnostics };
}

const importSchemas: ReadonlyMap<string, BlockSchema<unknown>> = new Map<string, BlockSchema<unknown>>([
  [
    'import.file',
    schema({
      attributes: {
        filename: required(stringType),
        // The file is read when the configuration is loaded; a change takes effect with the next load.
        detector: optional(enumType('fsnotify', 'poll'), 'fsnotify'),
        poll_frequency: optional(durationType, 60_000),
      },
      label: 'required',
    }),
  ],
  ['import.string', schema({ attributes: { content: required(stringType) }, label: 'required' })],
]);

/** What an import block brings, by the names that the imported text declares. */
function importModule(
  { block, file }: ModuleBlock,
  given: ReadonlyMap<string, ComponentDefinition>,
  world: DefinitionWorld,
  modulePath: string,
  depth: number,
): { definitions: ReadonlyMap<string, ComponentDefinition>; diagnostics: Diagnostic[] } {
  const none = (message: string, hint?: string) => ({
    definitions: new Map<string, ComponentDefinition>(),
    diagnostics: [diagnosticAt(file, block, message, hint === undefined ? {} : { hint })],
  });
  const name = blockName(block);
  const blockSchema = importSchemas.get(name);
  if (blockSchema === undefined)
    return none(`${name} is not supported`, 'Cordwood imports from files (import.file) and strings (import.string).');
  if (depth >= importDepthMax)
    return none(`imports are nested more than ${importDepthMax} deep`, 'Does a file import itself?');
  const scope: Scope = {
    file,
    resolve(names) {
      if (names[0] === 'module_path' && modulePath !== '') return { value: stringValue(modulePath), used: 1 };
      const value = world.library.get(names[0]!);
      return value && { value, used: 1 };
    },
  };
  const decoded = decodeBody(block.body, blockSchema, scope, block);
  if (decoded.arguments === undefined) return { definitions: new Map(), diagnostics: [...decoded.diagnostics] };
  const { filename, content } = decoded.arguments as { filename?: string; content?: string };
  const read =
    filename === undefined
      ? { files: [{ name: `${file.name} (${name} "${block.label!.text}")`, text: content! }], path: modulePath }
      : readModule(filename);
  if ('error' in read) return none(read.error);
  const diagnostics: Diagnostic[] = [];
  const blocks: ModuleBlock[] = [];
  for (const source of read.files) {
    const parsed = parse(source);
    diagnostics.push(...parsed.diagnostics);
    for (const statement of parsed.file.body) {
      if (statement.kind === 'block' && isModuleBlock(statement)) blocks.push({ block: statement, file: source });
      else {
        const message = 'only declare and import blocks are allowed in a module';
        diagnostics.push(diagnosticAt(source, statement, message, { hint: 'Put components into a declare block.' }));
      }
    }
  }
  if (diagnostics.length > 0) return { definitions: new Map(), diagnostics };
  const collected = collectDefinitions(blocks, given, world, read.path, depth + 1);
  const own = new Map([...collected.definitions].filter(([inner]) => !given.has(inner)));
  return { definitions: own, diagnostics: collected.diagnostics };
}

/** A file, or all `*.alloy` of a folder. `path` is the folder, for `module_path`. */
function readModule(filename: string): { files: SourceFile[]; path: string } | { error: string } {
  try {
    const full = resolve(filename);
    const isDirectory = statSync(full).isDirectory();
    const names = isDirectory
      ? readdirSync(full)
          .filter((name) => name.endsWith('.alloy'))
          .sort()
      : [basename(full)];
    const directory = isDirectory ? full : dirname(full);
    const files: SourceFile[] = [];
    for (const name of names) {
      const { file, diagnostics } = decodeSource(join(directory, name), readFileSync(join(directory, name)));
      if (file === undefined)
        return { error: `${diagnostics[0]!.file}:${diagnostics[0]!.line}: ${diagnostics[0]!.message}` };
      files.push(file);
    }
    return { files, path: directory };
  } catch (cause) {
    return { error: `cannot read the module: ${(cause as Error).message}` };
  }
}

const argumentSchema = schema({
  attributes: {
    optional: optional(booleanType, false),
    default: optional(anyType, nullValue),
    comment: optional(stringType, ''),
  },
});
const exportSchema = schema({ attributes: { value: required(anyType) } });

interface DeclaredArgument {
  readonly optional: boolean;
  readonly fallback: Value;
}

/** The component that a declare block describes. */
function declared(
  name: string,
  block: Block,
  file: SourceFile,
  siblings: () => ReadonlyMap<string, ComponentDefinition>,
  world: DefinitionWorld,
  modulePath: string,
): ComponentDefinition<ArgumentsOf<ReturnType<typeof freeSchema<Value>>>> {
  const inner = block.body.filter((statement) => statement.kind === 'block');
  const exports = inner
    .filter((candidate) => blockName(candidate) === 'export')
    .flatMap((candidate) => candidate.label?.text ?? []);
  return {
    name,
    stability: 'generally-available',
    labelOptional: true,
    schema: freeSchema(anyType),
    exports,
    create: (context) => new CustomComponent(context, { block, file, exports, siblings, world, modulePath }),
  };
}

interface Declaration {
  readonly block: Block;
  readonly file: SourceFile;
  readonly exports: readonly string[];
  readonly siblings: () => ReadonlyMap<string, ComponentDefinition>;
  readonly world: DefinitionWorld;
  readonly modulePath: string;
}

class CustomComponent implements Component<{ readonly rest: ReadonlyMap<string, Value> }>, ModuleOwner {
  readonly exports: ReadonlyMap<string, Value>;
  readonly #context: ComponentContext;
  readonly #declaration: Declaration;
  readonly #declared = new Map<string, DeclaredArgument>();
  readonly #arguments = new Map<string, Value>();
  readonly #given = new Map<string, Value>();
  #module: Module | undefined;

  constructor(context: ComponentContext, declaration: Declaration) {
    this.#context = context;
    this.#declaration = declaration;
    this.exports = new Map(declaration.exports.map((name) => [name, nullValue]));
    for (const [name, value] of this.exports) this.#given.set(name, value);
  }

  get modules(): readonly Module[] {
    return this.#module === undefined ? [] : [this.#module];
  }

  update(args: { readonly rest: ReadonlyMap<string, Value> }): readonly Problem[] | undefined {
    const first = this.#module === undefined;
    const problems = first ? this.#declareArguments() : [];
    problems.push(...this.#setArguments(args.rest));
    if (problems.length > 0) return problems;
    if (first) return this.#load().map((diagnostic) => ({ message: diagnostic.message, diagnostic }));
    void this.#module!.evaluateAll();
    return undefined;
  }

  /** Reads the argument blocks. */
  #declareArguments(): Problem[] {
    const { block, file, world } = this.#declaration;
    const problems: Problem[] = [];
    for (const statement of block.body) {
      const report = (diagnostic: Diagnostic) => problems.push({ message: diagnostic.message, diagnostic });
      if (statement.kind === 'attribute') {
        report(diagnosticAt(file, statement.name, `unrecognized attribute ${statement.name.name}`));
        continue;
      }
      if (blockName(statement) !== 'argument') continue;
      if (statement.label === undefined) {
        report(diagnosticAt(file, statement, 'argument block must have a label'));
        continue;
      }
      const library: Scope = {
        file,
        resolve: (names) => {
          const value = world.library.get(names[0]!);
          return value && { value, used: 1 };
        },
      };
      const decoded = decodeBody(statement.body, argumentSchema, library, statement);
      decoded.diagnostics.forEach(report);
      if (decoded.arguments !== undefined) {
        this.#declared.set(statement.label.text, {
          optional: decoded.arguments.optional,
          fallback: decoded.arguments.default,
        });
      }
    }
    return problems;
  }

  #setArguments(given: ReadonlyMap<string, Value>): Problem[] {
    const problems: Problem[] = [];
    for (const name of given.keys()) {
      if (!this.#declared.has(name)) {
        const known = [...this.#declared.keys()].join(', ') || 'none';
        problems.push({
          message: `Provided argument "${name}" is not defined in the module`,
          hint: `Its arguments: ${known}.`,
        });
      }
    }
    for (const [name, { optional: isOptional, fallback }] of this.#declared) {
      const value = given.get(name);
      if (value === undefined && !isOptional)
        problems.push({ message: `missing required argument "${name}" to module` });
      else this.#arguments.set(name, value ?? fallback);
    }
    return problems;
  }

  #load(): Diagnostic[] {
    const { block, file, siblings, world, modulePath } = this.#declaration;
    const inner = block.body
      .filter((statement) => statement.kind === 'block')
      .filter((statement) => blockName(statement) !== 'argument')
      .map((statement): ModuleBlock => ({ block: statement, file }));
    const collected = collectDefinitions(inner, siblings(), world, modulePath);
    const definitions = new Map(collected.definitions);
    definitions.set(
      'export',
      exportDefinition((name, value) => this.#publish(name, value)),
    );
    const outer: OuterScope = {
      resolve: (names) => {
        if (names[0] === 'module_path' && modulePath !== '') return { value: stringValue(modulePath), used: 1 };
        if (names[0] !== 'argument' || names[2] !== 'value') return undefined;
        const value = this.#arguments.get(names[1]!);
        return value && { value, used: 3 };
      },
    };
    const { id, modulePath: parent, dataDirectory } = this.#context;
    const module = new Module({
      world: this.#context.world,
      path: `${parent === '/' ? '' : parent}/${id}`,
      dataDirectory,
      definitions,
      settingNames: new Set(),
      outer,
    });
    this.#module = module;
    return [
      ...collected.diagnostics,
      ...module.load(inner.filter((candidate) => !isModuleBlock(candidate.block))).diagnostics,
    ];
  }

  #publish(name: string, value: Value): void {
    this.#given.set(name, value);
    this.#context.setExports(new Map(this.#given));
  }

  start(): void {
    this.#module?.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#module?.stop(signal);
  }

  async close(): Promise<void> {
    await this.#module?.close();
  }

  health(): string | undefined {
    return this.#module?.components().find((component) => component.health === 'unhealthy')?.message;
  }
}

/** `export "name" { value = ... }` inside of a module. */
function exportDefinition(
  publish: (name: string, value: Value) => void,
): ComponentDefinition<{ readonly value: Value }> {
  return {
    name: 'export',
    stability: 'generally-available',
    schema: exportSchema,
    exports: [],
    create: (context) => ({
      exports: new Map(),
      update(args) {
        publish(context.id.slice('export.'.length), args.value);
        return undefined;
      },
      start() {},
      async stop() {},
    }),
  };
}
