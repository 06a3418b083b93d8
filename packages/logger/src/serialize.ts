import { cachedTextsMax, causesMax, depthMax, entriesMax, stringLengthMax } from './limits.ts';
import type { PathNode, Redaction } from './redaction/policy.ts';

/**
 * Any value to JSON text, redacted on the way, in one walk without copies. It never throws: a getter that does, a cycle, a
 * proxy, a depth or size beyond the limits become a mark in the text. Redaction happens before escaping, on the values, so
 * it cannot break the JSON; keys go through it as well.
 */
export interface Serializer {
  /** JSON text of any value; undefined for what JSON leaves out (undefined). */
  readonly value: (value: unknown, path?: PathNode) => string | undefined;
  /** JSON text of a string. */
  readonly string: (text: string) => string;
  /** `"key":` and the tag for whatever stands under the key. Cached: keys repeat from line to line. */
  readonly key: (key: string) => KeyText;
  /** `"key":value`, or '' when the value is undefined. */
  readonly entry: (key: string, value: unknown, parent: PathNode | undefined) => string;
  /** The entries of an object without its braces. */
  readonly entries: (fields: Readonly<Record<string, unknown>>, path: PathNode | undefined) => string;
  readonly error: (error: unknown, path?: PathNode) => string;
}

export interface KeyText {
  /** `"key":`, escaped and redacted. */
  readonly json: string;
  /** JSON text that replaces the value, or undefined. */
  readonly replacement: string | undefined;
  /** The key, or whatever stands under it, is not written as it is. */
  readonly changed: boolean;
}

const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

export function quote(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Redaction looks a little beyond the cut, so that no secret is cut in two and its first half kept. */
const redactionOverlap = 512;

export function createSerializer(redaction: Redaction | undefined): Serializer {
  const redactText = redaction?.text ?? ((text: string) => text);
  const keyTag = redaction?.keyTag ?? (() => undefined);
  const keys = new Map<string, KeyText>();
  /** Objects on the way from the root to the current value. */
  const ancestors: object[] = [];

  function cut(text: string): string {
    if (text.length <= stringLengthMax) return redactText(text);
    const kept = redactText(text.slice(0, stringLengthMax + redactionOverlap)).slice(0, stringLengthMax);
    return `${kept}…[${text.length - kept.length} more characters]`;
  }

  function string(text: string): string {
    return quote(cut(text));
  }

  function key(name: string): KeyText {
    const known = keys.get(name);
    if (known !== undefined) return known;
    const tag = keyTag(name);
    const shown = redactText(name.slice(0, 256));
    const text = {
      json: `${quote(shown)}:`,
      replacement: tag === undefined ? undefined : quote(tag),
      changed: tag !== undefined || shown !== name || name === 'toJSON',
    };
    if (keys.size >= cachedTextsMax) keys.clear();
    keys.set(name, text);
    return text;
  }

  function number(value: number): string {
    if (!Number.isFinite(value)) return `"${value}"`;
    const text = `${value}`;
    // A card number may come as a number; it leaves as a redacted string.
    if (value >= 1e12 && Number.isInteger(value)) {
      const redacted = redactText(text);
      if (redacted !== text) return quote(redacted);
    }
    return text;
  }

  function value(input: unknown, path?: PathNode): string | undefined {
    switch (typeof input) {
      case 'string':
        return string(input);
      case 'number':
        return number(input);
      case 'boolean':
        return input ? 'true' : 'false';
      case 'bigint':
        return string(input.toString());
      case 'undefined':
        return undefined;
      case 'symbol':
        return string(input.toString());
      case 'function':
        return string(`[Function ${safeName(input)}]`);
      default:
        return input === null ? 'null' : object(input as object, path);
    }
  }

  function object(input: object, path: PathNode | undefined): string {
    if (ancestors.length >= depthMax) return '"[Too deep]"';
    if (ancestors.includes(input)) return '"[Circular]"';
    ancestors.push(input);
    try {
      return known(input, path);
    } catch (failure) {
      return string(`[Unreadable: ${messageOf(failure)}]`);
    } finally {
      ancestors.pop();
    }
  }

  function known(input: object, path: PathNode | undefined): string {
    if (Array.isArray(input)) return list(input, input.length, path);
    const prototype = Object.getPrototypeOf(input);
    if (prototype === Object.prototype || prototype === null) {
      const toJson = (input as { toJSON?: unknown }).toJSON;
      if (typeof toJson !== 'function') return plain(input as Record<string, unknown>, path);
    }
    if (input instanceof Error) return error(input, path);
    if (input instanceof Date) return Number.isNaN(input.getTime()) ? '"Invalid Date"' : `"${input.toISOString()}"`;
    if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
      // Never the content: nobody can tell what is in it.
      return string(`[${input.constructor.name} of ${input.byteLength} bytes]`);
    }
    if (input instanceof Map) return pairs(input, input.size, path);
    if (input instanceof Set) return list(input, input.size, path);
    if (input instanceof RegExp || input instanceof URL) return string(String(input));
    if (isPairs(input)) return pairs(input, Number.POSITIVE_INFINITY, path);
    if (input instanceof String || input instanceof Number || input instanceof Boolean) {
      return value(input.valueOf(), path) as string;
    }
    const toJson = (input as { toJSON?: unknown }).toJSON;
    if (typeof toJson === 'function') {
      const converted: unknown = toJson.call(input);
      return converted === input ? plain(input as Record<string, unknown>, path) : (value(converted, path) ?? 'null');
    }
    return plain(input as Record<string, unknown>, path);
  }

  function list(items: Iterable<unknown>, size: number, path: PathNode | undefined): string {
    let out = '[';
    let index = 0;
    for (const item of items) {
      if (index > 0) out += ',';
      if (index >= entriesMax) {
        out += `"[${size - index} more]"`;
        break;
      }
      const next = path === undefined ? undefined : step(path, String(index));
      out += next?.ends === true ? '"[REDACTED]"' : (value(item, next) ?? 'null');
      index++;
    }
    return `${out}]`;
  }

  /** Map, Headers, URLSearchParams, FormData: an object of their entries. */
  function pairs(entries: Iterable<readonly [unknown, unknown]>, size: number, path: PathNode | undefined): string {
    let out = '{';
    let count = 0;
    for (const [name, item] of entries) {
      if (count >= entriesMax) {
        out += `,"…":"[${size === Number.POSITIVE_INFINITY ? 'some' : size - count} more]"`;
        break;
      }
      const text = entry(typeof name === 'object' ? (value(name) ?? '') : String(name), item, path);
      if (text === '') continue;
      out += count === 0 ? text : `,${text}`;
      count++;
    }
    return `${out}}`;
  }

  function plain(input: Record<string, unknown>, path: PathNode | undefined): string {
    return `{${body(input, path)}}`;
  }

  function body(input: Readonly<Record<string, unknown>>, path: PathNode | undefined): string {
    const names = Object.keys(input);
    const shown = Math.min(names.length, entriesMax);
    let out = '';
    for (let i = 0; i < shown; i++) {
      const name = names[i] as string;
      const text = entry(name, read(input, name), path);
      if (text !== '') out += out === '' ? text : `,${text}`;
    }
    if (shown < names.length) out += `,"…":"[${names.length - shown} more]"`;
    return out;
  }

  /**
   * Fast path: most data is plain objects, lists, texts and numbers without a secret in them. Looking is much cheaper than
   * writing, and what was looked through is written by JSON.stringify.
   */
  function isPlainAndClean(input: object, depth: number): boolean {
    if (depth > depthMax) return false;
    if (Array.isArray(input)) {
      if (input.length > entriesMax) return false;
      for (let i = 0; i < input.length; i++) if (!isClean(input[i], depth)) return false;
      return true;
    }
    const prototype = Object.getPrototypeOf(input);
    if (prototype !== Object.prototype && prototype !== null) return false;
    let count = 0;
    for (const name in input) {
      if (++count > entriesMax || key(name).changed || !isClean((input as Record<string, unknown>)[name], depth))
        return false;
    }
    return true;
  }

  function isClean(item: unknown, depth: number): boolean {
    switch (typeof item) {
      case 'string':
        return item.length <= stringLengthMax && redactText(item) === item;
      case 'number':
        // From 13 digits on it may be a card number.
        return item < 1e12 && item > -1e12 && Number.isFinite(item);
      case 'boolean':
      case 'undefined':
        return true;
      case 'object':
        return item === null || isPlainAndClean(item, depth + 1);
      default:
        return false;
    }
  }

  function entries(fields: Readonly<Record<string, unknown>>, path: PathNode | undefined): string {
    if (path === undefined) {
      try {
        if (isPlainAndClean(fields, 0)) return JSON.stringify(fields).slice(1, -1);
      } catch {
        // A getter threw, or there is a cycle through something odd: the careful way tells which.
      }
    }
    return body(fields, path);
  }

  function entry(name: string, item: unknown, parent: PathNode | undefined): string {
    if (item === undefined) return '';
    const { json, replacement } = key(name);
    if (replacement !== undefined && item !== null && typeof item !== 'boolean') return json + replacement;
    if (parent === undefined) return json + value(item);
    const path = step(parent, name);
    return json + (path?.ends === true ? '"[REDACTED]"' : value(item, path));
  }

  function error(input: unknown, path?: PathNode): string {
    if (!(input instanceof Error)) return `{"type":${string(typeof input)},"message":${value(input) ?? '"undefined"'}}`;
    return errorObject(input, path, 0);
  }

  function errorObject(input: Error, path: PathNode | undefined, links: number): string {
    let out = `{"type":${string(safeName(input.constructor) || input.name)},"message":${string(messageOf(input))}`;
    const stack = read(input as never, 'stack');
    if (typeof stack === 'string') out += `,"stack":${string(stack)}`;
    for (const name of Object.keys(input)) {
      if (name === 'message' || name === 'stack' || name === 'cause' || name === 'errors' || name === 'type') continue;
      const text = entry(name, read(input as never, name), path);
      if (text !== '') out += `,${text}`;
    }
    if (links < causesMax) {
      const cause = read(input as never, 'cause');
      if (cause !== undefined && cause !== null) out += `,"cause":${link(cause, path, links)}`;
      const errors = read(input as never, 'errors');
      if (Array.isArray(errors)) {
        out += `,"errors":[${errors
          .slice(0, causesMax)
          .map((item) => link(item, path, links))
          .join(',')}]`;
      }
    }
    return `${out}}`;
  }

  function link(input: unknown, path: PathNode | undefined, links: number): string {
    if (!(input instanceof Error)) return error(input);
    if (ancestors.includes(input)) return '{"type":"Error","message":"[Circular]"}';
    ancestors.push(input);
    try {
      return errorObject(input, path, links + 1);
    } finally {
      ancestors.pop();
    }
  }

  return {
    value,
    string,
    key,
    entry,
    entries,
    error: (input, path) => {
      if (!(input instanceof Error)) return error(input, path);
      return link(input, path, -1);
    },
  };

  /** A property, or what its getter threw. */
  function read(owner: Readonly<Record<string, unknown>>, name: string): unknown {
    try {
      return owner[name];
    } catch (failure) {
      return `[Throws: ${messageOf(failure)}]`;
    }
  }
}

/** The node below `path` for a name: an exact one before `*`. */
export function step(path: PathNode, name: string): PathNode | undefined {
  return path.children.get(name) ?? path.any;
}

function isPairs(input: object): input is Iterable<readonly [unknown, unknown]> {
  return (
    (typeof Headers === 'function' && input instanceof Headers) ||
    (typeof URLSearchParams === 'function' && input instanceof URLSearchParams) ||
    (typeof FormData === 'function' && input instanceof FormData)
  );
}

function messageOf(failure: unknown): string {
  try {
    return failure instanceof Error ? String(failure.message) : String(failure);
  } catch {
    return 'unknown';
  }
}

function safeName(of: unknown): string {
  try {
    const { name } = of as { name?: unknown };
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}
