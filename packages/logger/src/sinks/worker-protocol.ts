import type { HttpTarget } from './http-post.ts';

/** What the main thread starts this worker with. */
export interface WorkerSettings {
  readonly protocol: 'loki' | 'otlp';
  readonly target: HttpTarget;
  readonly labels: Readonly<Record<string, string>>;
  readonly spillDirectory: string | undefined;
  readonly spillBytesMax: number;
  readonly batchWaitMs: number;
  readonly counters: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly kind: 'lines'; readonly text: string }
  | { readonly kind: 'flush'; readonly id: number; readonly timeoutMs: number };
export type FromWorker =
  | { readonly kind: 'flushed'; readonly id: number }
  | { readonly kind: 'report'; readonly message: string };

/** Places in the shared counters. */
export const counter = { flushed: 0, queuedLength: 1, delivered: 2, dropped: 3 } as const;
