import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One recorded request and the answer Grafana Loki 3.7.6 gave. Fields as in fixtures/cases. */
export interface ConformanceCase {
  readonly id: string;
  readonly area: string;
  readonly note: string;
  /** `X-Scope-OrgID`; null: not sent. */
  readonly tenant: string | null;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly capture?: Readonly<Record<string, { readonly header?: string }>>;
  readonly status: number;
  readonly contentType?: string;
  readonly response?: unknown;
  readonly responseBase64?: string;
  readonly responseRegex?: string;
  readonly compareAs?: 'yaml';
  readonly looseText?: boolean;
  /** Dotted paths; `*` is any key or index. */
  readonly unordered?: readonly string[];
  readonly ignore?: readonly string[];
  readonly tolerance?: Readonly<Record<string, number>>;
  readonly eventually?: number;
}

/** A line of a dataset: one entry, or a whole request. */
export type DatasetLine =
  | {
      readonly path?: undefined;
      readonly tenant: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly ts: string;
      readonly line: string;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | {
      readonly path: string;
      readonly tenant: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

const fixtures = join(import.meta.dirname, 'fixtures');

export function readFixture(name: string): string {
  return readFileSync(join(fixtures, name), 'utf8');
}

function readJsonLines<T>(name: string): T[] {
  return readFixture(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Areas in the order in which they were recorded. */
export function readAreas(): string[] {
  return (JSON.parse(readFixture('suite.json')) as { areas: string[] }).areas;
}

export function readCases(area: string): ConformanceCase[] {
  return readJsonLines(`cases/${area}.jsonl`);
}

/** All lines of all datasets, in the order in which they were pushed. */
export function readDatasets(): DatasetLine[][] {
  const names = readdirSync(join(fixtures, 'datasets')).sort();
  return names.map((name) => readJsonLines(`datasets/${name}`));
}
