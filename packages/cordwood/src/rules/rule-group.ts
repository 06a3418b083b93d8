import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, stringify, type YAMLMap } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.ts';
import { parseRuleDurationMs, printRuleDuration } from './prometheus-duration.ts';
import { type Place, type TextPlace, textPlaceOf } from './text-place.ts';

/**
 * Rule groups as data, and their YAML (https://grafana.com/docs/loki/latest/alert/, loki.md section 5.1). Reading has two
 * halves: the shape (this file), and what a rule must satisfy (validate-rule-group.ts).
 */

export interface AlertingRule {
  readonly kind: 'alerting';
  readonly name: string;
  readonly expression: string;
  readonly forMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly kind: 'recording';
  readonly name: string;
  readonly expression: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  readonly name: string;
  /** 0: the ruler's evaluation_interval. */
  readonly intervalMs: number;
  /** Most alerts or series that one rule may give; 0: no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

/** A rule as written: what must not stand together is still together. */
export interface RawRule {
  readonly alert: string;
  readonly record: string;
  readonly expr: string;
  readonly forMs: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly place: Place;
  /** Where the text of expr stands. */
  readonly exprPlace: TextPlace;
}
export interface RawRuleGroup {
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly rules: readonly RawRule[];
  readonly place: Place;
}
const groupKeys = ['name', 'interval', 'limit', 'rules', 'query_offset', 'labels'];
const ruleKeys = ['alert', 'record', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

// Loki reads these and then loses them on the way to its ruler; who relies on them must be told.
const ignoredByLoki: Readonly<Record<string, string>> = {
  query_offset: 'Loki 3.7 reads query_offset and ignores it',
  keep_firing_for: 'Loki 3.7 reads keep_firing_for and ignores it',
  labels: 'Loki 3.7 reads labels of a group and ignores them; put them on each rule',
};

interface Reader {
  readonly diagnostics: Diagnostic[];
  readonly strict: boolean;
  readonly file: string;
  place(node: unknown): Place;
  textPlace(node: unknown): TextPlace;
}

export interface ReadRules {
  /** The file's own `namespace:`, as lokitool knows it. */
  readonly namespace?: string;
  readonly groups: readonly RawRuleGroup[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A rule file: `groups:` with known keys only. */
export function readRuleFile(text: string, file: string): ReadRules {
  const { reader, root } = open(text, file, true);
  if (root === undefined) return { groups: [], diagnostics: reader.diagnostics };
  if (!isMap(root)) {
    if (root !== null) report(reader, root, 'a rule file is a mapping with the key groups');
    return { groups: [], diagnostics: reader.diagnostics };
  }
  checkKeys(reader, root, ['groups', 'namespace']);
  const list = root.get('groups', true) as unknown;
  if (list !== undefined && !isSeq(list) && !isNull(list)) report(reader, list, 'groups must be a list');
  const groups = isSeq(list) ? list.items.flatMap((item) => readGroup(reader, item) ?? []) : [];
  const namespace = readText(reader, root, 'namespace');
  return { ...(namespace === '' ? {} : { namespace }), groups, diagnostics: reader.diagnostics };
}

/** One group, as the rules API takes it: unknown keys are passed over, as Loki does there. */
export function readRuleGroup(text: string): ReadRules {
  const { reader, root } = open(text, 'rule group', false);
  if (root === undefined) return { groups: [], diagnostics: reader.diagnostics };
  const group = root === null ? emptyGroup : readGroup(reader, root);
  return { groups: group ? [group] : [], diagnostics: reader.diagnostics };
}

/** Namespace -> groups, as the rules API lists them; the reverse of printNamespaces. */
export function readNamespaces(text: string): {
  readonly namespaces: ReadonlyMap<string, readonly RawRuleGroup[]>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { reader, root } = open(text, 'answer of the ruler', false);
  const namespaces = new Map<string, readonly RawRuleGroup[]>();
  if (root !== undefined && !isMap(root)) report(reader, root, 'not a mapping of namespaces');
  for (const { key, value } of isMap(root) ? root.items : []) {
    const name = String(isScalar(key) ? key.value : key);
    if (isSeq(value))
      namespaces.set(
        name,
        value.items.flatMap((item) => readGroup(reader, item) ?? []),
      );
    else report(reader, value ?? key, `namespace ${name} is not a list of groups`);
  }
  return { namespaces, diagnostics: reader.diagnostics };
}

const emptyGroup: RawRuleGroup = { name: '', intervalMs: 0, limit: 0, rules: [], place: { line: 1, column: 1 } };

function open(text: string, file: string, strict: boolean): { reader: Reader; root: Node | null | undefined } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reader: Reader = {
    diagnostics: [],
    strict,
    file,
    place(node) {
      const start = (node as Node | undefined)?.range?.[0];
      const { line, col } = start === undefined ? { line: 1, col: 1 } : lines.linePos(start);
      return { line, column: col };
    },
    textPlace: (node) => textPlaceOf(node, text, lines),
  };
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    reader.diagnostics.push({ severity: 'error', message: error.message, file, line, column: col });
  }
  return { reader, root: document.errors.length > 0 ? undefined : (document.contents as Node | null) };
}

function report(reader: Reader, node: unknown, message: string, severity: 'error' | 'warning' = 'error'): void {
  reader.diagnostics.push({ severity, message, file: reader.file, ...reader.place(node) });
}

function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function checkKeys(reader: Reader, map: YAMLMap, known: readonly string[]): void {
  for (const { key } of map.items) {
    const name = String(isScalar(key) ? key.value : key);
    if (known.includes(name)) continue;
    if (reader.strict) report(reader, key, `field ${name} not found; known are ${known.join(', ')}`);
  }
}

function readText(reader: Reader, map: YAMLMap, key: string): string {
  const node = map.get(key, true) as unknown;
  if (node === undefined || isNull(node)) return '';
  if (isScalar(node))
    return node.source !== undefined && typeof node.value !== 'string' ? node.source : String(node.value);
  report(reader, node, `${key} must be text`);
  return '';
}

function readDuration(reader: Reader, map: YAMLMap, key: string): number | undefined {
  const text = readText(reader, map, key);
  if (text === '') return undefined;
  const durationMs = parseRuleDurationMs(text);
  if (durationMs === undefined) report(reader, map.get(key, true), `not a valid duration string: "${text}"`);
  return durationMs;
}

function readTexts(reader: Reader, map: YAMLMap, key: string): Record<string, string> {
  const node = map.get(key, true) as unknown;
  if (node === undefined || isNull(node)) return {};
  if (!isMap(node)) {
    report(reader, node, `${key} must be a mapping`);
    return {};
  }
  return Object.fromEntries(
    node.items.map(({ key: name }) => [
      String(isScalar(name) ? name.value : name),
      readText(reader, node, String(isScalar(name) ? name.value : name)),
    ]),
  );
}

function readGroup(reader: Reader, node: unknown): RawRuleGroup | undefined {
  if (!isMap(node)) {
    report(reader, node, 'a rule group is a mapping');
    return undefined;
  }
  checkKeys(reader, node, groupKeys);
  for (const key of ['query_offset', 'labels']) {
    if (node.has(key)) report(reader, node.get(key, true), ignoredByLoki[key]!, 'warning');
  }
  const limitText = readText(reader, node, 'limit');
  const limit = Number(limitText || 0);
  if (!Number.isInteger(limit))
    report(reader, node.get('limit', true), `limit must be a whole number, not "${limitText}"`);
  const list = node.get('rules', true) as unknown;
  if (list !== undefined && !isSeq(list) && !isNull(list)) report(reader, list, 'rules must be a list');
  return {
    name: readText(reader, node, 'name'),
    intervalMs: readDuration(reader, node, 'interval') ?? 0,
    limit,
    rules: isSeq(list) ? list.items.flatMap((item) => readRule(reader, item) ?? []) : [],
    place: reader.place(node),
  };
}

function readRule(reader: Reader, node: unknown): RawRule | undefined {
  if (!isMap(node)) {
    report(reader, node, 'a rule is a mapping');
    return undefined;
  }
  checkKeys(reader, node, ruleKeys);
  if (node.has('keep_firing_for'))
    report(reader, node.get('keep_firing_for', true), ignoredByLoki['keep_firing_for']!, 'warning');
  return {
    alert: readText(reader, node, 'alert'),
    record: readText(reader, node, 'record'),
    expr: readText(reader, node, 'expr'),
    forMs: readDuration(reader, node, 'for'),
    labels: readTexts(reader, node, 'labels'),
    annotations: readTexts(reader, node, 'annotations'),
    place: reader.place(node),
    exprPlace: reader.textPlace(node.get('expr', true)),
  };
}

/** The plain object that YAML shows of a group, in Loki's key order, without what is empty. */
function groupObject(group: RuleGroup): Record<string, unknown> {
  return {
    name: group.name,
    ...(group.intervalMs > 0 ? { interval: printRuleDuration(group.intervalMs) } : {}),
    ...(group.limit > 0 ? { limit: group.limit } : {}),
    rules: group.rules.map((rule) => ({
      ...(rule.kind === 'recording' ? { record: rule.name } : { alert: rule.name }),
      expr: rule.expression,
      ...(rule.kind === 'alerting' && rule.forMs > 0 ? { for: printRuleDuration(rule.forMs) } : {}),
      ...(Object.keys(rule.labels).length > 0 ? { labels: rule.labels } : {}),
      ...(rule.kind === 'alerting' && Object.keys(rule.annotations).length > 0
        ? { annotations: rule.annotations }
        : {}),
    })),
  };
}

const yamlOptions = { indent: 4, lineWidth: 0 } as const;

export function printRuleGroup(group: RuleGroup): string {
  return stringify(groupObject(group), yamlOptions);
}

/** Namespace -> groups, as the rules API lists them. */
export function printNamespaces(namespaces: ReadonlyMap<string, readonly RuleGroup[]>): string {
  return stringify(
    Object.fromEntries([...namespaces].map(([name, groups]) => [name, groups.map(groupObject)])),
    yamlOptions,
  );
}

/** A rule file that reads back to these groups. */
export function printRuleFile(groups: readonly RuleGroup[]): string {
  return stringify({ groups: groups.map(groupObject) }, yamlOptions);
}
