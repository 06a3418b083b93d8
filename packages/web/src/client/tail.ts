/**
 * Live tail over the WebSocket of `/loki/api/v1/tail`. Reconnects by itself, each time from the newest entry it has seen,
 * and drops what it has handed out already, so that a broken connection neither loses nor repeats lines.
 *
 * A browser cannot set headers on a WebSocket, so tenant and encoding travel as the query parameters `orgid` and
 * `encoding_flags`, which Cordwood takes from pages of its own origin.
 */
import { type AnsweredEntry, type AnsweredStream, tailMessage } from './answers.ts';
import type { TenantChoice } from './loki-client.ts';

export type TailState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** The connection broke; the next try comes in `retryInMs`. */
  | { readonly kind: 'waiting'; readonly retryInMs: number; readonly reason: string }
  | { readonly kind: 'stopped' };

/** What the tail needs of a WebSocket; the browser's fits. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  close(): void;
}

export interface TailOptions {
  readonly baseUrl: string;
  readonly tenant: TenantChoice;
  readonly query: string;
  /** Where to begin; entries at exactly this time that the caller has already belong in `seen`. */
  readonly startNs: bigint;
  readonly limit: number;
  readonly onStreams: (streams: readonly AnsweredStream[], droppedCount: number) => void;
  readonly onState: (state: TailState) => void;
  readonly connect: (url: string) => Socket;
  readonly setTimer: (run: () => void, afterMs: number) => () => void;
  /** 0 to 1; spreads the retries of many pages. */
  readonly random: () => number;
}

export interface Tail {
  stop(): void;
}

const retryFirstMs = 500;
const retryMaxMs = 15_000;

/** Identifies an entry among those with its timestamp. */
export function entryIdentity(labels: Readonly<Record<string, string>>, entry: AnsweredEntry): string {
  return JSON.stringify([labels, entry.line, entry.structuredMetadata]);
}

export function createTail(options: TailOptions): Tail {
  let socket: Socket | undefined;
  let cancelTimer: (() => void) | undefined;
  let stopped = false;
  let failures = 0;
  let newestNs = options.startNs;
  /** What has been handed out at `newestNs`; a reconnect starts there and the server sends these again. */
  let atNewest = new Set<string>();

  function handOut(streams: readonly AnsweredStream[], droppedCount: number): void {
    const resumeNs = newestNs;
    const known = atNewest;
    const fresh: AnsweredStream[] = [];
    for (const stream of streams) {
      const entries = stream.entries.filter((entry) => {
        const timestampNs = BigInt(entry.timestampNs);
        const identity = timestampNs >= resumeNs ? entryIdentity(stream.labels, entry) : '';
        if (timestampNs === resumeNs && known.has(identity)) return false;
        if (timestampNs > newestNs) {
          newestNs = timestampNs;
          atNewest = new Set();
        }
        if (timestampNs === newestNs) atNewest.add(identity);
        return true;
      });
      if (entries.length > 0) fresh.push({ labels: stream.labels, entries });
    }
    if (fresh.length > 0 || droppedCount > 0) options.onStreams(fresh, droppedCount);
  }

  function open(): void {
    options.onState({ kind: 'connecting' });
    const parameters = new URLSearchParams({
      query: options.query,
      start: String(newestNs),
      limit: String(options.limit),
      encoding_flags: 'categorize-labels',
    });
    if (options.tenant !== undefined) parameters.set('orgid', options.tenant);
    const address = new URL(`loki/api/v1/tail?${parameters}`, options.baseUrl);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

    const current = options.connect(address.href);
    socket = current;
    current.onopen = () => {
      failures = 0;
      options.onState({ kind: 'open' });
    };
    current.onmessage = (event) => {
      if (stopped || typeof event.data !== 'string') return;
      try {
        const message = tailMessage(JSON.parse(event.data), '');
        handOut(message.streams, message.droppedCount);
      } catch (error) {
        current.onclose = null;
        current.close();
        retry(`the server sent something else than entries (${error instanceof Error ? error.message : error})`);
      }
    };
    current.onerror = null;
    current.onclose = (event) => retry(event.reason !== '' ? event.reason : 'the connection was closed');
  }

  function retry(reason: string): void {
    if (stopped) return;
    const ceiling = Math.min(retryMaxMs, retryFirstMs * 2 ** failures);
    failures++;
    const retryInMs = Math.round(ceiling * (0.5 + options.random() / 2));
    options.onState({ kind: 'waiting', retryInMs, reason });
    cancelTimer = options.setTimer(open, retryInMs);
  }

  open();
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      cancelTimer?.();
      if (socket) {
        socket.onclose = null;
        socket.onmessage = null;
        socket.close();
      }
      options.onState({ kind: 'stopped' });
    },
  };
}
