import type { Subtree } from './subtree.ts';

/** `3.7` of Loki, `18.0` of the chart. */
export type Version = readonly [major: number, minor: number];

/** What one release changes in its configuration. Data; the few things that need code are `special`. */
export interface RulePack {
  readonly version: Version;
  /** Keys that the release refuses (or no longer reads), and why they may go. `*` stands for any name. */
  readonly removed: Readonly<Record<string, string>>;
  /** Keys that have another place or name. */
  readonly moved: Readonly<Record<string, { readonly to: string; readonly why: string }>>;
  readonly defaults: readonly DefaultChange[];
  /** What works in another way although no key says so. */
  readonly behaviour: readonly string[];
  readonly special?: readonly SpecialChange[];
}

/** A setting that means something else when the file does not give it. */
export interface DefaultChange {
  readonly key: string;
  readonly before: string | number | boolean;
  readonly after: string | number | boolean;
  /** What a user notices. */
  readonly effect: string;
  /** Only when the file has this key. */
  readonly when?: string;
  /** The old value cannot be kept, or must not. */
  readonly cannotKeep?: boolean;
}

/** A change that a table cannot say. */
export interface SpecialChange {
  readonly name: string;
  apply(file: Subtree, report: ReportChange): void;
}

export type ReportChange = (change: {
  readonly severity: 'change' | 'warning' | 'error';
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly why: string;
}) => void;

export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1];
}

export function versionText([major, minor]: Version): string {
  return `${major}.${minor}`;
}
