import { cachedTextsMax } from '../limits.ts';
import { defaultKeyRules, type KeyRule, keyPatterns, keysExpression } from './keys.ts';
import { defaultPatterns, type PatternName, type TextPattern, textFeatures, valuePatterns } from './patterns.ts';
import { renderAlloy } from './render-alloy.ts';

export type { PatternName };

/** What stands in the place of a removed value, as TR-002 writes it: `[REDACTED_EMAIL]`, `[REDACTED_KEY]`, `[REDACTED_CC]` … */
export type RedactionTag = `[REDACTED${string}]`;

export interface CustomPattern {
  readonly name: string;
  /**
   * RE2 and JavaScript (flag `u`) syntax; the text of its capture groups is replaced. Keep to what both read alike: classes
   * in brackets, no look-around, no back-references.
   */
  readonly expression: string;
  readonly tag: RedactionTag;
}

export interface RedactionOptions {
  /** Added to the default keys; names in snake_case, `*` for any characters. */
  readonly keys?: readonly (string | KeyRule)[];
  /** Paths from the record's root: `data.customer.name`, `data.payments[*].account`. */
  readonly paths?: readonly string[];
  /** The built-in value patterns to use; default: all but IP addresses. `[]` looks at no values. */
  readonly patterns?: readonly PatternName[];
  /** Also replace IP addresses. */
  readonly ipAddresses?: boolean;
  readonly custom?: readonly CustomPattern[];
  /** Leave out the default keys. */
  readonly withoutDefaultKeys?: boolean;
  /** Keys whose values are left as they are, even if a rule names them. */
  readonly allowKeys?: readonly string[];
}

/** A node of the tree of paths; `any` is what `*` leads to. */
export interface PathNode {
  readonly children: ReadonlyMap<string, PathNode>;
  readonly any: PathNode | undefined;
  /** This place itself is redacted. */
  readonly ends: boolean;
}

/** One policy for logger and pipeline. Immutable; made by `createRedaction`. */
export interface Redaction {
  /** In the order in which they are applied to a text: keys in JSON text, built-in patterns, custom ones. */
  readonly patterns: readonly (TextPattern | CustomPattern)[];
  readonly paths: PathNode | undefined;
  /** The tag for whatever stands under the key, or undefined. */
  readonly keyTag: (key: string) => RedactionTag | undefined;
  /** The text with every secret in it replaced. Linear in the length of the text. */
  readonly text: (text: string) => string;
  /**
   * The `stage.replace` blocks of Grafana Alloy that do to a line what `text` does, for the body of a `loki.process`. Paths
   * are the logger's alone: a collector sees text, not structure.
   */
  readonly toAlloy: () => string;
}

interface CompiledPattern {
  readonly regex: RegExp;
  readonly tag: string;
  readonly possible: TextPattern['possible'] | undefined;
  readonly accepts: ((captured: string) => boolean) | undefined;
  readonly charactersAfter: number | undefined;
}

/** Strings below this length hold no secret that a pattern knows (`a@b.io` has 6), but for addresses (`::1`) and one's own patterns. */
const secretLengthMin = 6;
const addressLengthMin = 3;

export function createRedaction(options: RedactionOptions = {}): Redaction {
  const keyRules: KeyRule[] = options.withoutDefaultKeys === true ? [] : [...defaultKeyRules];
  for (const key of options.keys ?? [])
    keyRules.push(typeof key === 'string' ? { keys: [key], tag: '[REDACTED]' } : key);
  const names = new Set<PatternName>(options.patterns ?? defaultPatterns);
  if (options.ipAddresses === true) names.add('ipv4').add('ipv6');
  const allowKeys = options.allowKeys ?? [];
  const patterns = [
    ...(options.patterns?.length === 0 ? [] : keyPatterns(keyRules, allowKeys)),
    ...valuePatterns.filter((pattern) => names.has(pattern.name)),
    ...(options.custom ?? []),
  ];
  const compiled = patterns.map(compilePattern);
  const hasOwn = options.custom !== undefined && options.custom.length > 0;
  const lengthMin = hasOwn ? 1 : names.has('ipv6') ? addressLengthMin : secretLengthMin;
  return {
    patterns,
    paths: options.paths === undefined || options.paths.length === 0 ? undefined : parsePaths(options.paths),
    keyTag: createKeyTag(keyRules, allowKeys),
    text: (text) => (text.length < lengthMin ? text : redactText(text, compiled)),
    toAlloy: () => renderAlloy(patterns),
  };
}

function compilePattern(pattern: TextPattern | CustomPattern): CompiledPattern {
  const charactersAfter = 'charactersAfter' in pattern ? pattern.charactersAfter : undefined;
  return {
    regex: new RegExp(pattern.expression, charactersAfter === undefined ? 'dgu' : 'gu'),
    charactersAfter,
    tag: pattern.tag,
    possible: 'possible' in pattern ? pattern.possible : undefined,
    accepts: 'accepts' in pattern ? pattern.accepts : undefined,
  };
}

function redactText(text: string, patterns: readonly CompiledPattern[]): string {
  if (patterns.length === 0) return text;
  // Tags bring none of these features, so what was found at first stays a necessary condition for all patterns.
  const features = textFeatures(text);
  let redacted = text;
  for (const pattern of patterns) {
    if (pattern.possible !== undefined && !pattern.possible(redacted, features)) continue;
    redacted =
      pattern.charactersAfter === undefined
        ? replaceGroups(redacted, pattern)
        : replaceLastGroup(redacted, pattern, pattern.charactersAfter);
  }
  return redacted;
}

/** The same where one group takes part in a match and ends a known number of characters before the match does. */
function replaceLastGroup(text: string, { regex, tag, accepts }: CompiledPattern, charactersAfter: number): string {
  return text.replace(regex, (match: string, ...groups: unknown[]) => {
    // Groups come first, then the offset, a number. No group took part: what was matched is to be left alone.
    let captured: string | undefined;
    for (const group of groups) {
      if (typeof group === 'number') break;
      if (group === undefined) continue;
      captured = group as string;
      break;
    }
    if (captured === undefined) return match;
    if (accepts !== undefined && !accepts(captured)) return match;
    const end = match.length - charactersAfter;
    return match.slice(0, end - captured.length) + tag + match.slice(end);
  });
}

/** What `stage.replace` does: of every match the text of its capture groups, an inner group being part of its outer one. */
function replaceGroups(text: string, pattern: CompiledPattern): string {
  const { regex } = pattern;
  regex.lastIndex = 0;
  let match = regex.exec(text);
  if (match === null) return text;
  let out = '';
  let copied = 0;
  for (; match !== null; match = regex.exec(text)) {
    const groups = match.indices as RegExpIndicesArray;
    for (let group = 1; group < groups.length; group++) {
      const range = groups[group];
      if (range === undefined || range[0] < copied) continue;
      if (pattern.accepts !== undefined && !pattern.accepts(text.slice(range[0], range[1]))) continue;
      out += text.slice(copied, range[0]) + pattern.tag;
      copied = range[1];
    }
    if (match[0] === '') regex.lastIndex++;
  }
  return out === '' ? text : out + text.slice(copied);
}

/** Keys repeat from line to line, so each is decided once. */
function createKeyTag(rules: readonly KeyRule[], allowed: readonly string[]): Redaction['keyTag'] {
  const whole = (keys: readonly string[]) => new RegExp(`^${keysExpression(keys)}$`, 'u');
  const compiled = rules.map((rule) => ({ regex: whole(rule.keys), tag: rule.tag }));
  const allow = allowed.length === 0 ? undefined : whole(allowed);
  const known = new Map<string, RedactionTag | undefined>();
  return (key) => {
    if (known.has(key)) return known.get(key);
    const tag = allow?.test(key) === true ? undefined : compiled.find((rule) => rule.regex.test(key))?.tag;
    if (known.size >= cachedTextsMax) known.clear();
    known.set(key, tag);
    return tag;
  };
}

/** `data.payments[*].account` -> data, payments, *, account. `["a.b"]` quotes a name that has dots. */
export function parsePath(path: string): string[] {
  const parts: string[] = [];
  const part = /\["((?:[^"\\]|\\.)*)"\]|\[(\*|\d+)\]|\.?([^.[\]]+)/gy;
  while (part.lastIndex < path.length) {
    const match = part.exec(path);
    if (match === null)
      throw new TypeError(`redaction path "${path}" is not understood; write data.customer.name or data.items[*].id`);
    parts.push(match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? (match[3] as string));
  }
  return parts;
}

function parsePaths(paths: readonly string[]): PathNode {
  interface Draft {
    children: Map<string, Draft>;
    any: Draft | undefined;
    ends: boolean;
  }
  const create = (): Draft => ({ children: new Map(), any: undefined, ends: false });
  const root = create();
  for (const path of paths) {
    let node = root;
    for (const part of parsePath(path)) {
      if (part === '*') {
        node.any ??= create();
        node = node.any;
      } else {
        let child = node.children.get(part);
        if (child === undefined) {
          child = create();
          node.children.set(part, child);
        }
        node = child;
      }
    }
    node.ends = true;
  }
  return root;
}
