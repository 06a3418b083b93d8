import type { NotRun } from './field.ts';

/** What a reader learns of a key that Loki knows and Cordwood accepts without doing anything. */
export const notRunReasons: Readonly<Record<NotRun, string>> = {
  cluster: 'it lets several Loki processes work together; here everything is one process',
  cache: 'it sizes or places a cache; here every answer is computed',
  'object-store': 'it is about an object store that Cordwood does not use; chunks stay in the data folder',
  tracing: 'it is about traces of Loki itself; Cordwood emits none',
  experimental: 'it belongs to an experimental part of Loki that Cordwood does not have',
  deprecated: 'Loki itself no longer acts on it, or has a newer key for it',
  missing: 'this is not built yet',
  engine: 'it tunes the inside of Loki; Cordwood does that part in another way',
};

/** Between a key that is accepted but not run and the reason. */
export const noEffect = ' has no effect in Cordwood: ';
