import type { LogExpression } from '@cordwood/logql';
import type { WebSocket } from 'ws';
import type { Batch } from '../../model/batch.ts';
import { type Labels, printLabels } from '../../model/labels.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { ResultStream } from '../../query/request.ts';
import { compileTail } from '../../query/tail.ts';
import { every } from '../../world/clock.ts';
import type { ApiContext } from '../api-context.ts';
import { encodeStreams, labelsJson, Pieces } from '../encode-result.ts';
import { goJson } from '../go-json.ts';
import { rfc3339 } from '../routes/legacy-query.ts';
import { tailLimits } from './limits.ts';

export interface TailRequest {
  readonly tenant: Tenant;
  readonly expression: LogExpression;
  readonly text: string;
  readonly startNs: bigint;
  /** Entries of history to begin with. */
  readonly limit: number;
  readonly delayMs: number;
  readonly encodingFlags: readonly string[];
  readonly categorize: boolean;
  /** The message form of `/api/prom/tail`. */
  readonly legacy: boolean;
}

interface Dropped {
  readonly timestampNs: bigint;
  readonly labels: Labels;
}

/**
 * One live tail: the newest entries of the past in forward order, then what comes in. The session listens before it reads the
 * past, so nothing falls between the two; entries that come both ways are sent once. A client that reads too slowly misses
 * entries, and is told which.
 */
export function startTail(socket: WebSocket, request: TailRequest, context: ApiContext): void {
  const entered = context.tails.enter(request.tenant, () => close(1001, 'the server is stopping'));
  if (entered.refused !== undefined) {
    socket.close(1011, entered.refused);
    context.clock.after(tailLimits.closeGraceMs, () => socket.terminate());
    return;
  }
  const { leave } = entered;
  const { clock, store, engine, metrics, config } = context;
  const toStreams = compileTail(request.expression, { categorizeLabels: request.categorize });
  const history = new AbortController();
  const dropped: Dropped[] = [];
  /** Undefined once the history is sent. */
  let waiting: ResultStream[] | undefined = [];
  let waitingCount = 0;
  let sent: Set<string> | undefined;
  let ended = false;

  function end(): void {
    if (ended) return;
    ended = true;
    unsubscribe();
    stopPings();
    cancelDuration();
    history.abort();
    leave();
  }

  function close(code: number, reason: string): void {
    // A close frame carries at most 123 bytes of reason.
    socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString('utf8')
        .replace(/\ufffd$/, ''),
    );
    clock.after(tailLimits.closeGraceMs, () => socket.terminate());
    end();
  }

  function receive(batch: Batch): void {
    const streams = toStreams(batch);
    if (streams.length === 0 || ended) return;
    if (waiting !== undefined) {
      for (const stream of streams) {
        waitingCount += stream.entries.length;
        if (waitingCount > tailLimits.waitingEntries) drop(stream);
        else waiting.push(stream);
      }
    } else if (request.delayMs > 0) clock.after(request.delayMs, () => send(streams));
    else send(streams);
  }

  function drop(stream: ResultStream): void {
    for (const { timestampNs } of stream.entries) {
      if (dropped.length < tailLimits.rememberedDrops) dropped.push({ timestampNs, labels: stream.labels });
    }
  }

  /** Sends streams in messages of a bounded number of entries, or leaves them out when the client does not keep up. */
  function send(streams: readonly ResultStream[]): void {
    if (ended) return;
    for (const message of messages(streams)) {
      if (socket.bufferedAmount > tailLimits.bufferedBytes) {
        for (const stream of message) drop(stream);
        continue;
      }
      const text = request.legacy ? legacyMessage(message) : tailMessage(message, request, dropped.splice(0));
      metrics.tailBytes.inc(text.length);
      socket.send(text);
    }
  }

  async function sendHistory(): Promise<void> {
    const nowNs = clock.nowNs();
    const result = await engine.run({
      tenants: [request.tenant],
      expression: request.expression,
      text: request.text,
      kind: 'range',
      startNs: request.startNs,
      endNs: nowNs + 1n,
      stepNs: 1_000_000_000n,
      intervalNs: 0n,
      limit: request.limit,
      direction: 'backward',
      categorizeLabels: request.categorize,
      signal: history.signal,
    });
    if (ended || result.kind !== 'streams') return;
    sent = new Set();
    const forward = result.streams.map((stream) => ({ ...stream, entries: stream.entries.toReversed() }));
    for (const stream of forward) for (const key of entryKeys(stream)) sent.add(key);
    send(forward);
    const held = waiting ?? [];
    waiting = undefined;
    for (const stream of held) {
      const keys = entryKeys(stream);
      const entries = stream.entries.filter((_entry, i) => !sent!.has(keys[i]!));
      if (entries.length > 0) send([{ ...stream, entries }]);
    }
    sent = undefined;
  }

  socket.on('close', end);
  socket.on('error', end);
  const stopPings = every(clock, tailLimits.pingIntervalMs, () => {
    if (!ended && socket.readyState === socket.OPEN) socket.ping();
  });
  const cancelDuration =
    config.querier.tailMaxDurationMs > 0
      ? clock.after(config.querier.tailMaxDurationMs, () => close(1011, 'reached tail max duration limit'))
      : () => {};
  const unsubscribe = store.subscribe(request.tenant, receive);
  sendHistory().catch((error: Error) => {
    if (!ended) close(1011, error.message);
  });
}

function entryKeys(stream: ResultStream): string[] {
  const labels = printLabels(stream.labels);
  return stream.entries.map((entry) => `${entry.timestampNs} ${labels} ${entry.line}`);
}

/** Streams cut into messages of at most `entriesPerMessage` entries. */
function* messages(streams: readonly ResultStream[]): Generator<ResultStream[]> {
  let message: ResultStream[] = [];
  let room: number = tailLimits.entriesPerMessage;
  for (const stream of streams) {
    for (let from = 0; from < stream.entries.length; ) {
      const entries = stream.entries.slice(from, from + room);
      message.push({ ...stream, entries });
      from += entries.length;
      room -= entries.length;
      if (room > 0) continue;
      yield message;
      message = [];
      room = tailLimits.entriesPerMessage;
    }
  }
  if (message.length > 0) yield message;
}

function tailMessage(streams: readonly ResultStream[], request: TailRequest, dropped: readonly Dropped[]): string {
  const pieces = new Pieces();
  let text = '{"streams":';
  for (const piece of encodeStreams(streams, request.categorize, pieces)) text += piece;
  text += pieces.take();
  if (dropped.length > 0) {
    const entries = dropped.map(
      ({ timestampNs, labels }) => `{"timestamp":"${timestampNs}","labels":${labelsJson(labels)}}`,
    );
    text += `,"dropped_entries":[${entries.join(',')}]`;
  }
  if (request.encodingFlags.length > 0) text += `,"encodingFlags":${goJson(request.encodingFlags)}`;
  return `${text}}`;
}

function legacyMessage(streams: readonly ResultStream[]): string {
  return goJson({
    streams: streams.map((stream) => ({
      labels: printLabels(stream.labels),
      entries: stream.entries.map((entry) => ({ ts: rfc3339(entry.timestampNs), line: entry.line })),
    })),
  });
}
