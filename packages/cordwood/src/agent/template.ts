/** Go templates of `stage.template` and `stage.replace`: their functions, and the values that they see. */
import { parsedType, type Type } from '@cordwood/alloy';
import { type CompiledTemplate, compileTemplate } from '../extract/go-template/execute-template.ts';
import type { GoMap, GoValue } from '../extract/go-template/go-value.ts';
import { sprigFunctions } from '../extract/go-template/sprig-functions.ts';
import { memoize } from './argument-types.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import { valueText } from './value-text.ts';

export interface Template {
  readonly source: string;
  /** The text when there is nothing to execute. */
  readonly constant: string | undefined;
  /** Undefined when the execution fails. */
  execute(data: GoMap): string | undefined;
}

const functions = sprigFunctions({ variable: (name) => process.env[name] });

const compile = memoize<Template>((source) => {
  const result = compileTemplate('pipeline_template', source, functions, {
    keepInvalidBytes: true,
    missingKey: 'invalid',
  });
  if (result.template === undefined) return { error: result.error ?? '' };
  return { value: wrap(source, result.template) };
});

function wrap(source: string, template: CompiledTemplate): Template {
  return {
    source,
    constant: source.includes('{{') ? undefined : source,
    execute: (data) => template.execute(data).text,
  };
}

const empty: Template = { source: '', constant: '', execute: () => '' };

/** A template; the error is that of Go's parser. */
export const templateType: Type<Template> = parsedType('template', empty, compile);
/** The same with the words of `stage.replace`. */
export const replacementType: Type<Template> = parsedType('template', empty, (text) => {
  const result = compile(text);
  return 'error' in result ? { error: `failed to compile template: ${result.error}` } : result;
});

/** What a template sees: the extracted values as text, and what the stage adds. Found only when asked for. */
export class TemplateData implements GoMap {
  readonly kind = 'map';
  readonly zero = undefined;
  readonly entries: ReadonlyMap<string, GoValue>;

  constructor(entry: PipelineEntry, own: ReadonlyMap<string, string>) {
    this.entries = new LazyMap(entry, own);
  }
}

class LazyMap implements ReadonlyMap<string, GoValue> {
  readonly #entry: PipelineEntry;
  readonly #own: ReadonlyMap<string, string>;

  constructor(entry: PipelineEntry, own: ReadonlyMap<string, string>) {
    this.#entry = entry;
    this.#own = own;
  }

  get(name: string): GoValue {
    return this.#own.get(name) ?? valueText(this.#entry.extracted.get(name));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  #all(): Map<string, GoValue> {
    const names = [...this.#entry.extracted.names(), ...this.#own.keys()];
    return new Map(names.map((name) => [name, this.get(name)] as const).filter(([, value]) => value !== undefined));
  }

  get size(): number {
    return this.#all().size;
  }
  forEach(visit: (value: GoValue, name: string, map: ReadonlyMap<string, GoValue>) => void): void {
    this.#all().forEach(visit);
  }
  entries(): MapIterator<[string, GoValue]> {
    return this.#all().entries();
  }
  keys(): MapIterator<string> {
    return this.#all().keys();
  }
  values(): MapIterator<GoValue> {
    return this.#all().values();
  }
  [Symbol.iterator](): MapIterator<[string, GoValue]> {
    return this.entries();
  }
}
