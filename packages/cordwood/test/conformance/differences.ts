import { parse } from 'yaml';
import type { ConformanceCase } from './case.ts';

/** An answer as it is compared: JSON without `stats` objects, or text, or bytes in base64. */
export interface DecodedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly response?: unknown;
  readonly responseBase64?: string;
}

export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

/** Sample values and other numbers may differ by this, relatively, unless the case says otherwise. */
const floatTolerance = 1e-9;

export function decodeAnswer(answer: { status: number; contentType: string | undefined; body: Buffer }): DecodedAnswer {
  const contentType = (answer.contentType ?? '').toLowerCase();
  const decoded = { status: answer.status, contentType };
  const text = answer.body.toString('utf8');
  if (contentType.startsWith('application/json')) {
    try {
      return { ...decoded, response: withoutStats(JSON.parse(text)) };
    } catch {
      // Not JSON after all: shown as text.
    }
  }
  if (Buffer.from(text).equals(answer.body) && !/[\u0001-\u0008\u000e-\u001f]/.test(text)) {
    return { ...decoded, response: text };
  }
  return { ...decoded, responseBase64: answer.body.toString('base64') };
}

function withoutStats(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { stats: _stats, ...rest } = json;
  if (isObject(rest['data'])) {
    const { stats: _dataStats, ...data } = rest['data'];
    return { ...rest, data };
  }
  return rest;
}

/** Scalars stay text: their spelling is part of a listing. */
function parseYaml(text: string): unknown {
  return parse(text, { schema: 'failsafe' });
}

/** Everything in which an answer differs from the recorded one, by the rules of the suite (fixtures/README.md). */
export function differences(recorded: ConformanceCase, answer: DecodedAnswer): Difference[] {
  if (recorded.status !== answer.status) {
    const actual = `${answer.status}: ${show(answer.response ?? answer.responseBase64)}`;
    return [{ path: 'status', expected: String(recorded.status), actual }];
  }
  const out: Difference[] = [];
  const mediaType = (text: string | undefined) => (text ?? '').split(';')[0]!.trim().toLowerCase();
  if (recorded.contentType !== undefined && mediaType(recorded.contentType) !== mediaType(answer.contentType)) {
    out.push({ path: 'contentType', expected: recorded.contentType, actual: answer.contentType });
  }
  // Texts of Go's JSON and protobuf decoders are not compared.
  if (recorded.looseText) return out;
  if (recorded.responseRegex !== undefined) {
    const pattern = new RegExp(`^(?:${recorded.responseRegex})$`, 's');
    if (typeof answer.response !== 'string' || !pattern.test(answer.response)) {
      out.push({ path: 'response', expected: `/${recorded.responseRegex}/`, actual: show(answer.response) });
    }
    return out;
  }
  if (recorded.responseBase64 !== undefined) {
    if (answer.responseBase64 !== recorded.responseBase64) {
      out.push({
        path: 'response (bytes)',
        expected: recorded.responseBase64,
        actual: answer.responseBase64 ?? show(answer.response),
      });
    }
    return out;
  }
  const asYaml = recorded.compareAs === 'yaml' && typeof answer.response === 'string';
  const [expected, actual] = asYaml
    ? [parseYaml(String(recorded.response)), parseYaml(String(answer.response))]
    : [recorded.response, answer.response];
  new Comparison(recorded, out).compare(expected, actual, []);
  return out;
}

type Keys = readonly (string | number)[];

class Comparison {
  readonly #recorded: ConformanceCase;
  readonly #out: Difference[];
  readonly #ignored: readonly string[];
  readonly #floats: readonly string[];

  constructor(recorded: ConformanceCase, out: Difference[]) {
    this.#recorded = recorded;
    this.#out = out;
    const data = isObject(recorded.response) ? recorded.response['data'] : undefined;
    const kind = isObject(data) ? data['resultType'] : undefined;
    // 3.7 sends a wrong time with a scalar.
    this.#ignored = [...(recorded.ignore ?? []), ...(kind === 'scalar' ? ['data.result.0'] : [])];
    this.#floats =
      kind === 'matrix'
        ? ['data.result.*.values.*.1']
        : kind === 'vector'
          ? ['data.result.*.value.1']
          : kind === 'scalar'
            ? ['data.result.1']
            : [];
  }

  compare(expected: unknown, actual: unknown, keys: Keys): void {
    if (matchesAny(this.#ignored, keys)) return;
    if (typeof expected === 'number' && typeof actual === 'number') {
      if (!isClose(expected, actual, this.#tolerance(keys))) this.#report(expected, actual, keys);
    } else if (typeof expected === 'string' && typeof actual === 'string') {
      if (expected === actual) return;
      const bothNumbers =
        matchesAny(this.#floats, keys) && isClose(toFloat(expected), toFloat(actual), this.#tolerance(keys));
      if (!bothNumbers) this.#report(expected, actual, keys);
    } else if (Array.isArray(expected) && Array.isArray(actual)) {
      if (matchesAny(this.#recorded.unordered ?? [], keys)) this.#compareUnordered(expected, actual, keys);
      else this.#compareOrdered(expected, actual, keys);
    } else if (isObject(expected) && isObject(actual)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
        this.compare(expected[key], actual[key], [...keys, key]);
      }
    } else if (expected !== actual) {
      this.#report(expected, actual, keys);
    }
  }

  #compareOrdered(expected: readonly unknown[], actual: readonly unknown[], keys: Keys): void {
    if (expected.length !== actual.length) this.#report(expected.length, actual.length, [...keys, 'length']);
    for (let i = 0; i < Math.min(expected.length, actual.length); i++)
      this.compare(expected[i], actual[i], [...keys, i]);
  }

  /** Every expected element is paired with the first free one that equals it. */
  #compareUnordered(expected: readonly unknown[], actual: readonly unknown[], keys: Keys): void {
    const free = [...actual];
    for (const one of expected) {
      const at = free.findIndex((other) => this.#equal(one, other, keys));
      if (at >= 0) free.splice(at, 1);
      else this.#report(one, '(no such element)', [...keys, '(any order)']);
    }
    for (const one of free) this.#report('(no such element)', one, [...keys, '(any order)']);
  }

  #equal(expected: unknown, actual: unknown, keys: Keys): boolean {
    const found: Difference[] = [];
    new Comparison(this.#recorded, found).compare(expected, actual, [...keys, 0]);
    return found.length === 0;
  }

  #tolerance(keys: Keys): number {
    for (const [pattern, tolerance] of Object.entries(this.#recorded.tolerance ?? {})) {
      if (matchesPath(pattern, keys)) return tolerance;
    }
    return floatTolerance;
  }

  #report(expected: unknown, actual: unknown, keys: Keys): void {
    this.#out.push({ path: keys.join('.') || '(root)', expected: show(expected), actual: show(actual) });
  }
}

function matchesPath(pattern: string, keys: Keys): boolean {
  const parts = pattern.split('.');
  return parts.length === keys.length && parts.every((part, i) => part === '*' || part === String(keys[i]));
}

function matchesAny(patterns: readonly string[], keys: Keys): boolean {
  return patterns.some((pattern) => matchesPath(pattern, keys));
}

function toFloat(text: string): number | undefined {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  return text.trim() === '' ? undefined : Number(text);
}

function isClose(expected: number | undefined, actual: number | undefined, tolerance: number): boolean {
  if (expected === undefined || actual === undefined) return false;
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (expected === actual) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return false;
  return Math.abs(expected - actual) <= tolerance * Math.max(Math.abs(expected), Math.abs(actual));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length} characters)` : text;
}
