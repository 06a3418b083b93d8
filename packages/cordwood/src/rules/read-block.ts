import { parseRuleDurationMs } from './prometheus-duration.ts';

/**
 * Reads a block of YAML that came as plain data (a remote_write client, a relabel rule): each key with its type, and `end()`
 * names the keys that nobody asked for. Problems are collected as texts with the path of the key.
 */
export interface BlockReader {
  has(key: string): boolean;
  text(key: string, fallback: string): string;
  texts(key: string): readonly string[];
  number(key: string, fallback: number): number;
  boolean(key: string, fallback: boolean): boolean;
  /** Prometheus duration, in milliseconds. */
  durationMs(key: string, fallbackMs: number): number;
  map(key: string): Readonly<Record<string, string>>;
  block(key: string): BlockReader | undefined;
  raw(key: string): unknown;
  /** A key that is known and not supported here. */
  refuse(key: string, why: string): void;
  end(): void;
}

export function readBlock(value: unknown, path: string, problems: string[]): BlockReader {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap) problems.push(`${path} must be a mapping`);
  const block = new Map(isMap ? Object.entries(value) : []);
  const asked = new Set<string>();
  const get = (key: string): unknown => {
    asked.add(key);
    return block.get(key) ?? undefined;
  };
  const wrong = <T>(key: string, expected: string, fallback: T): T => {
    problems.push(`${path}.${key} must be ${expected}`);
    return fallback;
  };
  return {
    has: (key) => get(key) !== undefined,
    text(key, fallback) {
      const found = get(key);
      if (found === undefined) return fallback;
      return typeof found === 'object' ? wrong(key, 'text', fallback) : String(found);
    },
    texts(key) {
      const found = get(key);
      if (found === undefined) return [];
      const list = Array.isArray(found) ? found : [found];
      return list.some((item) => typeof item === 'object') ? wrong(key, 'a list of texts', []) : list.map(String);
    },
    number(key, fallback) {
      const found = get(key);
      if (found === undefined) return fallback;
      return typeof found === 'number' ? found : wrong(key, 'a number', fallback);
    },
    boolean(key, fallback) {
      const found = get(key);
      if (found === undefined) return fallback;
      return typeof found === 'boolean' ? found : wrong(key, 'true or false', fallback);
    },
    durationMs(key, fallbackMs) {
      const found = get(key);
      if (found === undefined) return fallbackMs;
      return parseRuleDurationMs(String(found)) ?? wrong(key, 'a duration such as 30s', fallbackMs);
    },
    map(key) {
      const found = get(key);
      if (found === undefined) return {};
      if (typeof found !== 'object' || found === null || Array.isArray(found)) return wrong(key, 'a mapping', {});
      return Object.fromEntries(Object.entries(found).map(([name, item]) => [name, String(item)]));
    },
    block(key) {
      const found = get(key);
      return found === undefined ? undefined : readBlock(found, `${path}.${key}`, problems);
    },
    raw: get,
    refuse(key, why) {
      if (get(key) !== undefined) problems.push(`${path}.${key} is not supported: ${why}`);
    },
    end() {
      for (const key of block.keys()) if (!asked.has(key)) problems.push(`${path}.${key}: there is no such setting`);
    },
  };
}
