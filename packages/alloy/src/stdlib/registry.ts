/** The whole standard library: one table, from which the values, the gate and the list of deprecated names are derived. */
import { secretType, stringType } from '../type.ts';
import {
  EvaluationError,
  type FunctionValue,
  fromPlain,
  objectValue,
  stringValue,
  toPlain,
  type Value,
} from '../value.ts';
import { combineMaps, concat, groupBy } from './array.ts';
import {
  fromBase64Function,
  fromJson,
  fromJsonFunction,
  fromUrlBase64,
  toBase64Function,
  toJson,
  toUrlBase64,
  urlDecode,
  urlEncode,
} from './encoding.ts';
import { countError, fixed, variadic } from './function.ts';
import { jsonPath } from './json-path.ts';
import { pathJoin } from './path.ts';
import { format, join, replace, split, toLower, toUpper, trim, trimPrefix, trimSpace, trimSuffix } from './string.ts';

/** What the library asks of its host. */
export interface Environment {
  /** Value of an environment variable, undefined when unset. */
  readonly variable: (name: string) => string | undefined;
  readonly hostname: string;
  /** Go's names: `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** Go's names: `amd64`, `arm64`. */
  readonly arch: string;
  /** With or without the leading `v`. */
  readonly version: string;
  /** Parses YAML; throws with a message for the user. Without it `encoding.from_yaml` is refused. */
  readonly parseYaml?: (text: string) => unknown;
}

/** Names that only run at `--stability.level=experimental`. */
export const experimentalFunctions: ReadonlySet<string> = new Set(['array.combine_maps', 'array.group_by']);

const coalesce = variadic('coalesce', (values) => {
  if (values.length === 0) throw countError(1, 0);
  return values.find((value) => !isEmpty(value)) ?? values.at(-1)!;
});

function isEmpty(value: Value): boolean {
  switch (value.kind) {
    case 'null':
      return true;
    case 'bool':
      return !value.value;
    case 'number':
      return Number(value.value) === 0;
    case 'string':
      return value.value === '';
    case 'array':
      return value.items.length === 0;
    case 'object':
      return value.fields.size === 0;
    case 'secret':
      return value.text === '';
    default:
      return false;
  }
}

const jsonPathFunction = fixed('json_path', [stringType, stringType], (json, path) =>
  fromPlain(jsonPath(toPlain(fromJson(json)), path)),
);

const nonsensitive = fixed('convert.nonsensitive', [secretType], (secret) => stringValue(secret.reveal()));

/** The functions and constants by their full names. */
function entries(environment: Environment): ReadonlyMap<string, Value> {
  const env = fixed('sys.env', [stringType], (name) => stringValue(environment.variable(name) ?? ''));
  const fromYaml = fixed('encoding.from_yaml', [stringType], (text) => {
    if (environment.parseYaml === undefined) throw new EvaluationError('encoding.from_yaml is not available here');
    try {
      return fromPlain(environment.parseYaml(text));
    } catch (cause) {
      throw new EvaluationError(`argument 1 is not YAML: ${(cause as Error).message}`, 0);
    }
  });
  const version = environment.version === '' ? 'v0.0.0' : environment.version.replace(/^v?/, 'v');
  return new Map<string, Value>([
    ['coalesce', coalesce],
    ['json_path', jsonPathFunction],
    ['constants.hostname', stringValue(environment.hostname)],
    ['constants.os', stringValue(environment.os)],
    ['constants.arch', stringValue(environment.arch)],
    ['constants.version', stringValue(version)],
    ['sys.env', env],
    ['convert.nonsensitive', nonsensitive],
    ['file.path_join', pathJoin(environment.os === 'windows' ? '\\' : '/')],
    ['array.concat', concat],
    ['array.combine_maps', combineMaps],
    ['array.group_by', groupBy],
    ['encoding.from_json', fromJsonFunction],
    ['encoding.from_yaml', fromYaml],
    ['encoding.from_base64', fromBase64Function],
    ['encoding.from_URLbase64', fromUrlBase64],
    ['encoding.to_json', toJson],
    ['encoding.to_base64', toBase64Function],
    ['encoding.to_URLbase64', toUrlBase64],
    ['encoding.url_encode', urlEncode],
    ['encoding.url_decode', urlDecode],
    ['string.format', format],
    ['string.join', join],
    ['string.replace', replace],
    ['string.split', split],
    ['string.to_lower', toLower],
    ['string.to_upper', toUpper],
    ['string.trim', trim],
    ['string.trim_prefix', trimPrefix],
    ['string.trim_suffix', trimSuffix],
    ['string.trim_space', trimSpace],
  ]);
}

/** Bare names of older configurations and what they are called today. */
export const deprecatedFunctions: ReadonlyMap<string, string> = new Map([
  ['env', 'sys.env'],
  ['nonsensitive', 'convert.nonsensitive'],
  ['concat', 'array.concat'],
  ['json_decode', 'encoding.from_json'],
  ['yaml_decode', 'encoding.from_yaml'],
  ['base64_decode', 'encoding.from_base64'],
  ['format', 'string.format'],
  ['join', 'string.join'],
  ['replace', 'string.replace'],
  ['split', 'string.split'],
  ['to_lower', 'string.to_lower'],
  ['to_upper', 'string.to_upper'],
  ['trim', 'string.trim'],
  ['trim_prefix', 'string.trim_prefix'],
  ['trim_suffix', 'string.trim_suffix'],
  ['trim_space', 'string.trim_space'],
]);

/** Top-level identifiers of the standard library. */
export function standardLibrary(environment: Environment): ReadonlyMap<string, Value> {
  const all = entries(environment);
  const namespaces = new Map<string, [string, Value][]>();
  const top = new Map<string, Value>();
  for (const [name, value] of all) {
    const [namespace, member] = name.split('.') as [string, string | undefined];
    if (member === undefined) top.set(name, value);
    else if (namespaces.has(namespace)) namespaces.get(namespace)!.push([member, value]);
    else namespaces.set(namespace, [[member, value]]);
  }
  for (const [namespace, members] of namespaces) top.set(namespace, objectValue(members));
  for (const [alias, name] of deprecatedFunctions) top.set(alias, all.get(name) as FunctionValue);
  return top;
}
