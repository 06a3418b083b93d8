import { parseByteSize } from '../extract/byte-size.ts';
import { parseGoDuration } from '../extract/go-duration.ts';
import { parseGoFloat, parseGoInt } from '../extract/go-number.ts';
import { JsonFieldReader } from '../extract/json-fields.ts';
import { sanitizeLabelName } from '../extract/label-name.ts';
import { LogfmtReader } from '../extract/logfmt-fields.ts';
import { hasLabel, type Labels } from '../model/labels.ts';
import type { ResultStream } from '../query/request.ts';

export type FieldType = 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';

export interface DetectedField {
  readonly label: string;
  readonly type: FieldType;
  readonly values: ReadonlySet<string>;
  /** Parsers that found it in lines; none: it is structured metadata. */
  readonly parsers: readonly ('json' | 'logfmt')[];
  /** Keys as they stand in JSON lines, from the outside in. */
  readonly jsonPath: readonly string[] | undefined;
}

/**
 * Fields of some entries: structured metadata, and what JSON or, failing that, logfmt finds in the lines (loki.md 1.8). A
 * field that is called like a stream label gets `_extracted`, as in a query.
 */
export function detectFields(streams: readonly ResultStream[], fieldsMax: number): readonly DetectedField[] {
  const fields = new Map<string, FoundField>();
  const reader = new LineReader();
  const fieldOf = (label: string): FoundField | undefined => {
    let field = fields.get(label);
    if (field === undefined && fields.size < fieldsMax) {
      field = new FoundField(label);
      fields.set(label, field);
    }
    return field;
  };
  for (const stream of streams) {
    for (const entry of stream.entries) {
      for (const { name, value } of entry.structuredMetadata) fieldOf(name)?.add(value);
      const { parser, found } = reader.read(entry.line);
      for (const { name, value, path } of found) {
        fieldOf(ownName(name, stream.streamLabels))?.add(value, parser, path);
      }
    }
  }
  return [...fields.values()];
}

function ownName(name: string, streamLabels: Labels): string {
  return hasLabel(streamLabels, name) ? `${name}_extracted` : name;
}

class FoundField implements DetectedField {
  readonly label: string;
  readonly values = new Set<string>();
  readonly parsers: ('json' | 'logfmt')[] = [];
  jsonPath: readonly string[] | undefined;
  type: FieldType = 'string';

  constructor(label: string) {
    this.label = label;
  }

  add(value: string, parser?: 'json' | 'logfmt', path?: readonly string[]): void {
    if (!this.values.has(value)) {
      this.values.add(value);
      this.type = typeOf(value);
    }
    if (parser !== undefined && !this.parsers.includes(parser)) this.parsers.push(parser);
    if (path !== undefined) this.jsonPath = path;
  }
}

const booleans = new Set(['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The first of Go's parsers that takes the value. */
export function typeOf(value: string): FieldType {
  if (parseGoInt(value).error === undefined) return 'int';
  if (parseGoFloat(value).error === undefined) return 'float';
  if (booleans.has(value)) return 'boolean';
  if (parseGoDuration(value).error === undefined) return 'duration';
  return parseByteSize(value).error === undefined ? 'bytes' : 'string';
}

interface LineField {
  readonly name: string;
  readonly value: string;
  readonly path?: readonly string[];
}

class LineReader {
  readonly #json = new JsonFieldReader();
  readonly #logfmt = new LogfmtReader();

  read(line: string): { readonly parser: 'json' | 'logfmt'; readonly found: readonly LineField[] } {
    const fields = new Map<string, string>();
    const visit = (name: string, value: string) => {
      if (!fields.has(name)) fields.set(name, value);
      return true;
    };
    if (this.#json.read(line, visit) === '') {
      const paths = jsonPaths(line);
      const found = [...fields].map(([name, value]) => {
        const path = paths.get(name);
        return path === undefined ? { name, value } : { name, value, path };
      });
      return { parser: 'json', found };
    }
    fields.clear();
    this.#logfmt.read(line, visit);
    return { parser: 'logfmt', found: [...fields].map(([name, value]) => ({ name, value })) };
  }
}

const depthMax = 32;

/** Label name -> keys that lead to it. */
function jsonPaths(line: string): Map<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  const walk = (value: unknown, name: string, path: readonly string[]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (!paths.has(name)) paths.set(name, path);
      return;
    }
    if (path.length >= depthMax) return;
    for (const [key, member] of Object.entries(value)) {
      const own = sanitizeLabelName(key, name !== '');
      walk(member, name === '' ? own : `${name}_${own}`, [...path, key]);
    }
  };
  try {
    walk(JSON.parse(line), '', []);
  } catch {
    // Lines that only a lenient reader takes have no paths.
  }
  return paths;
}
