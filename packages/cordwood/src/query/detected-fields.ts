import { parseByteSize } from '../extract/byte-size.ts';
import { parseGoDuration } from '../extract/go-duration.ts';
import { parseGoFloat } from '../extract/go-number.ts';
import { JsonFieldReader } from '../extract/json-fields.ts';
import { sanitizeLabelName } from '../extract/label-name.ts';
import { LogfmtReader } from '../extract/logfmt-fields.ts';
import { hasLabel } from '../model/labels.ts';
import { errorDetailsLabel, errorLabel } from './line/error-labels.ts';
import { duplicateSuffix } from './line/row-labels.ts';
import type { ResultEntry, ResultStream } from './request.ts';

/** What a field's values look like. */
export type FieldType = 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';
export type FieldParser = 'json' | 'logfmt';

/** A field that a parser would find in lines, or that structured metadata has (then no parser is needed). */
export interface DetectedField {
  readonly label: string;
  readonly type: FieldType;
  /** Distinct values seen. */
  readonly cardinality: number;
  readonly parsers: readonly FieldParser[];
  /** Keys of the path in a JSON line, as they are spelt there. */
  readonly jsonPath: readonly string[] | undefined;
}

/**
 * The fields of sampled entries (loki.md 1.8): structured metadata, what the query's own pipeline extracted, and what a parser
 * finds in the line: json, or logfmt when the line is no JSON.
 *
 * @param streams an answer with categorised labels
 * @param fieldLimit fields beyond this are left out
 */
export function detectFields(streams: readonly ResultStream[], fieldLimit: number): DetectedField[] {
  const detection = new FieldDetection(fieldLimit);
  for (const stream of streams) detection.addStream(stream);
  return detection.finish();
}

/** Distinct values of one field, in the order in which they were met. */
export function detectedFieldValues(streams: readonly ResultStream[], name: string, limit: number): string[] {
  const values = new Set<string>();
  const reader = new LineFields();
  for (const stream of streams) {
    for (const entry of stream.entries) {
      if (values.size >= limit) return [...values];
      for (const label of [...entry.structuredMetadata, ...entry.parsed])
        if (label.name === name) values.add(label.value);
      for (const field of reader.read(stream, entry)) if (field.name === name) values.add(field.value);
    }
  }
  return [...values].slice(0, limit);
}

interface FieldSeen {
  type: FieldType;
  /** The stream that decided the type: each one decides anew with its first value. */
  typedBy: ResultStream;
  readonly values: Set<string>;
  readonly parsers: Set<FieldParser>;
  jsonPath: readonly string[] | undefined;
}

class FieldDetection {
  readonly #fields = new Map<string, FieldSeen>();
  readonly #fieldLimit: number;
  readonly #reader = new LineFields();

  constructor(fieldLimit: number) {
    this.#fieldLimit = fieldLimit;
  }

  /** From the oldest entry on: the first value of a field decides its type. */
  addStream(stream: ResultStream): void {
    const { entries } = stream;
    const backward = entries.length > 0 && entries[0]!.timestampNs > entries.at(-1)!.timestampNs;
    for (const entry of backward ? entries.toReversed() : entries) {
      for (const { name, value } of entry.structuredMetadata) this.#see(stream, name, value);
      for (const field of this.#reader.read(stream, entry)) {
        const seen = this.#see(stream, field.name, field.value);
        if (seen === undefined) continue;
        seen.parsers.add(field.parser);
        if (field.parser === 'json') seen.jsonPath ??= jsonPathOf(entry.line, field.key);
      }
      for (const { name, value } of entry.parsed) {
        if (
          name !== errorLabel &&
          name !== errorDetailsLabel &&
          !hasLabel(entry.structuredMetadata, unsuffixed(name))
        ) {
          this.#see(stream, name, value);
        }
      }
    }
  }

  #see(stream: ResultStream, name: string, value: string): FieldSeen | undefined {
    let seen = this.#fields.get(name);
    if (seen === undefined) {
      if (this.#fields.size >= this.#fieldLimit) return undefined;
      seen = { type: typeOf(value), typedBy: stream, values: new Set(), parsers: new Set(), jsonPath: undefined };
      this.#fields.set(name, seen);
    }
    if (seen.typedBy !== stream) {
      seen.type = typeOf(value);
      seen.typedBy = stream;
    }
    seen.values.add(value);
    return seen;
  }

  finish(): DetectedField[] {
    return [...this.#fields].map(([label, { type, values, parsers, jsonPath }]) => ({
      label,
      type,
      cardinality: values.size,
      parsers: [...parsers],
      jsonPath,
    }));
  }
}

interface LineField {
  /** With the suffix when the stream has a label of this name. */
  readonly name: string;
  /** Without it. */
  readonly key: string;
  readonly value: string;
  readonly parser: FieldParser;
}

/** Reads lines as json, and as logfmt when they are none. */
class LineFields {
  readonly #json = new JsonFieldReader();
  readonly #logfmt = new LogfmtReader();

  read({ streamLabels }: ResultStream, { line }: ResultEntry): LineField[] {
    const fields: LineField[] = [];
    const visit = (parser: FieldParser) => (key: string, value: string) => {
      const name = hasLabel(streamLabels, key) ? key + duplicateSuffix : key;
      if (!fields.some((field) => field.name === name)) fields.push({ name, key, value, parser });
      return true;
    };
    if (this.#json.read(line, visit('json')) === '') return fields;
    fields.length = 0;
    this.#logfmt.read(line, visit('logfmt'));
    return fields;
  }
}

function unsuffixed(name: string): string {
  return name.endsWith(duplicateSuffix) ? name.slice(0, -duplicateSuffix.length) : name;
}

function typeOf(value: string): FieldType {
  if (/^[+-]?\d+$/.test(value)) return 'int';
  if (parseGoFloat(value).error === undefined) return 'float';
  if (/^(?:t|T|true|TRUE|True|f|F|false|FALSE|False)$/.test(value)) return 'boolean';
  if (parseGoDuration(value).error === undefined) return 'duration';
  if (parseByteSize(value).error === undefined) return 'bytes';
  return 'string';
}

/** The keys that lead to the field of this sanitised name. */
function jsonPathOf(line: string, name: string): string[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    // The stage is more forgiving than JSON.parse; such a line has no path to show.
    return undefined;
  }
  const find = (value: unknown, prefix: string, path: readonly string[]): string[] | undefined => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return prefix === name ? [...path] : undefined;
    }
    for (const [key, inner] of Object.entries(value)) {
      const segment = sanitizeLabelName(key, prefix !== '');
      const joined = prefix === '' ? segment : `${prefix}_${segment}`;
      if (!name.startsWith(joined)) continue;
      const found = find(inner, joined, [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(document, '', []);
}
