/**
 * Rules of one's own for secrets, in the TOML of gitleaks: `[extend]`, `[[rules]]`, `[allowlist]` / `[[allowlists]]`, per rule and
 * for all. What speaks of repositories (`path`, `paths`, `commits`) has no meaning for a log line and is refused, and so is
 * every key that is not known: a rule that would not do what it says must not pass for one that does.
 */
import { parse, TomlDate, TomlError } from 'smol-toml';
import type { SecretAllowance, SecretRule } from './secret-rules.ts';

export interface GitleaksRules {
  readonly rules: readonly SecretRule[];
  readonly allowed: readonly SecretAllowance[];
}

export type ParseGitleaksResult =
  | { readonly config: GitleaksRules; readonly error?: undefined }
  | { readonly error: string; readonly config?: undefined };

class ConfigFailure extends Error {}

/** `defaults` are the rules that `[extend] useDefault = true` stands for. */
export function parseGitleaksConfig(text: string, defaults: readonly SecretRule[]): ParseGitleaksResult {
  try {
    return { config: readConfig(parse(text), defaults) };
  } catch (cause) {
    if (cause instanceof TomlError) return { error: `line ${cause.line}: ${cause.message.split('\n')[0]}` };
    if (cause instanceof ConfigFailure) return { error: cause.message };
    throw cause;
  }
}

function readConfig(given: unknown, defaults: readonly SecretRule[]): GitleaksRules {
  const root = new Table(given, 'the file');
  root.skip('title', 'description', 'minVersion');
  const extend = root.table('extend');
  const useDefault = extend?.boolean('useDefault') ?? false;
  const disabled = new Set(extend?.strings('disabledRules') ?? []);
  extend?.end();
  const rules = new Map(
    (useDefault ? defaults : []).filter(({ id }) => !disabled.has(id)).map((rule) => [rule.id, rule] as const),
  );
  for (const table of root.tables('rules')) {
    const rule = readRule(table, rules);
    rules.set(rule.id, rule);
  }
  const allowed = allowances(root);
  root.end();
  if (rules.size === 0)
    throw new ConfigFailure('there are no rules: add [[rules]], or [extend] with useDefault = true');
  return { rules: [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), allowed };
}

/** A rule with the id of one that is extended changes what it names and keeps the rest. */
function readRule(table: Table, known: ReadonlyMap<string, SecretRule>): SecretRule {
  const id = table.string('id');
  if (id === undefined || id === '') throw new ConfigFailure(`${table.where}: id is missing`);
  const base = known.get(id);
  table.where = `rule ${id}`;
  table.skip('tags', 'tokenEfficiency');
  const expression = table.string('regex') ?? base?.expression;
  if (expression === undefined) throw new ConfigFailure(`${table.where}: regex is missing`);
  const secretGroup = table.number('secretGroup') ?? base?.secretGroup;
  const minEntropy = table.number('entropy') ?? base?.minEntropy;
  const keywords = table.strings('keywords');
  const rule: SecretRule = {
    id,
    description: table.string('description') ?? base?.description ?? '',
    expression,
    keywords: [...(base?.keywords ?? []), ...(keywords ?? []).map((keyword) => keyword.toLowerCase())],
    ...(secretGroup ? { secretGroup } : {}),
    ...(minEntropy ? { minEntropy } : {}),
    ...(base?.allowed ? { allowed: base.allowed } : {}),
    allowances: [...(base?.allowances ?? []), ...allowances(table)],
  };
  table.end();
  return rule;
}

function allowances(table: Table): SecretAllowance[] {
  const one = table.table('allowlist');
  return [...(one === undefined ? [] : [one]), ...table.tables('allowlists')].map((list) => {
    list.skip('description', 'id');
    const target = (list.string('regexTarget') ?? 'secret') || 'secret';
    if (target !== 'secret' && target !== 'match' && target !== 'line')
      throw new ConfigFailure(`${list.where}: regexTarget is secret, match or line, not "${target}"`);
    const condition = (list.string('condition') ?? 'OR').toUpperCase();
    const allowance: SecretAllowance = {
      target,
      expressions: list.strings('regexes') ?? [],
      stopwords: (list.strings('stopwords') ?? []).map((word) => word.toLowerCase()),
      all: condition === 'AND' || condition === '&&',
    };
    const targetRules = list.strings('targetRules');
    list.end();
    if (targetRules !== undefined)
      throw new ConfigFailure(`${list.where}: targetRules is not supported; write the list into the rule`);
    return allowance;
  });
}

/** A table of TOML, of which every key must be asked for. */
class Table {
  where: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  constructor(values: unknown, where: string) {
    if (typeof values !== 'object' || values === null || Array.isArray(values) || values instanceof TomlDate)
      throw new ConfigFailure(`${where} must be a table`);
    this.#values = new Map(Object.entries(values));
    this.where = where;
  }

  string(name: string): string | undefined {
    return this.#get(name, 'a string', (value) => (typeof value === 'string' ? value : undefined));
  }

  number(name: string): number | undefined {
    return this.#get(name, 'a number', (value) => (typeof value === 'number' ? value : undefined));
  }

  boolean(name: string): boolean | undefined {
    return this.#get(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  strings(name: string): readonly string[] | undefined {
    return this.#get(name, 'a list of strings', (value) =>
      Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined,
    );
  }

  table(name: string): Table | undefined {
    return this.#get(name, 'a table', (value) => new Table(value, `${name} of ${this.where}`));
  }

  tables(name: string): Table[] {
    const list = this.#get(name, 'a list of tables', (value) => (Array.isArray(value) ? value : undefined)) ?? [];
    return list.map((value, i) => new Table(value, `${name}[${i}] of ${this.where}`));
  }

  /** Keys that have no bearing on what is found. */
  skip(...names: string[]): void {
    for (const name of names) this.#read.add(name);
  }

  end(): void {
    const unknown = [...this.#values.keys()].find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw new ConfigFailure(`${this.where}: ${unknown} is not supported`);
  }

  #get<T>(name: string, wanted: string, convert: (value: unknown) => T | undefined): T | undefined {
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const converted = convert(value);
    if (converted === undefined) throw new ConfigFailure(`${this.where}: ${name} must be ${wanted}`);
    return converted;
  }
}
