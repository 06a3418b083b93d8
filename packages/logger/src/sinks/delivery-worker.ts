import { parentPort, workerData } from 'node:worker_threads';
import { otlpRequest } from '../formatters/otlp.ts';
import type { LogRecord } from '../record.ts';
import { createDelivery } from './delivery.ts';
import { postJson } from './http-post.ts';
import { encodeLokiPush, parseRecord } from './loki-push.ts';
import { openSpill } from './spill.ts';
import { counter, type FromWorker, type ToWorker, type WorkerSettings } from './worker-protocol.ts';

const settings = workerData as WorkerSettings;
const counters = new Int32Array(settings.counters);
const say = (message: FromWorker) => parentPort?.postMessage(message);

function encode(lines: readonly string[]): string {
  if (settings.protocol === 'loki') return encodeLokiPush(lines, { labels: settings.labels }, Date.now());
  return JSON.stringify(
    otlpRequest(lines.map(parseRecord).filter((record): record is LogRecord => record !== undefined)),
  );
}

const delivery = createDelivery({
  post: (lines) => postJson(settings.target, encode(lines)),
  spill: settings.spillDirectory === undefined ? undefined : openSpill(settings.spillDirectory, settings.spillBytesMax),
  batchWaitMs: settings.batchWaitMs,
  settled(lines, length, delivered) {
    Atomics.sub(counters, counter.queuedLength, length);
    Atomics.add(counters, delivered ? counter.delivered : counter.dropped, lines);
    Atomics.notify(counters, counter.queuedLength);
  },
  report: (message) => say({ kind: 'report', message }),
});

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'lines') {
    delivery.accept(message.text.split('\n'));
    return;
  }
  delivery.flush(message.timeoutMs).finally(() => {
    // The main thread may be waiting on this word, without its event loop.
    Atomics.store(counters, counter.flushed, message.id);
    Atomics.notify(counters, counter.flushed);
    say({ kind: 'flushed', id: message.id });
  });
});
