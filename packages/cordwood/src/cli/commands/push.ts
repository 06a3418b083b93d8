import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { encodePushRequest } from '../../codec/push-request.ts';
import { compressSnappy } from '../../codec/snappy.ts';
import { createEntryColumns, type Entry } from '../../model/entry.ts';
import { WorldError } from '../../model/failure.ts';
import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { clientFromOptions, lokiOptions } from '../loki-options.ts';
import { parsePairs } from '../parse-pairs.ts';
import { parseDurationNs } from '../time-options.ts';
import { positiveInteger } from './query.ts';

/** A batch is sent when it holds this many bytes, whatever --batch says: Loki's default request limits are far above. */
const batchBytesMax = 1024 * 1024;
/** A server on this machine is back within a second; a longer pause would only make the wait longer. */
const retryDelayMaxMs = 1000;

export const push = defineCommand({
  name: 'push',
  summary: 'Push lines from stdin or a file.',
  operands: '[FILE]',
  operandCount: [0, 1],
  describe:
    'A batch that was not acknowledged is sent again with the same timestamps until --retry-for is over: Loki and Cordwood\n' +
    'recognise what they already have, so nothing is lost and nothing doubled.',
  options: {
    ...lokiOptions,
    label: { type: 'string', value: 'NAME=VALUE', short: 'l', multiple: true, describe: 'stream label' },
    metadata: {
      type: 'string',
      value: 'NAME=VALUE',
      short: 'm',
      multiple: true,
      describe: 'structured metadata of every line',
    },
    batch: { type: 'string', value: 'N', default: '1000', describe: 'lines per request' },
    'flush-every': { type: 'string', value: 'DURATION', default: '1s', describe: 'send what there is after so long' },
    'retry-for': {
      type: 'string',
      value: 'DURATION',
      default: '1m',
      describe: 'how long an unanswered batch is sent again',
    },
    format: {
      type: 'string',
      value: 'FORM',
      default: 'text',
      describe: 'text, or json: one object per acknowledged batch',
    },
  },
  examples: [
    ['journalctl -o cat | cordwood push -l job=journal -t greenlang-dev', 'what another program prints'],
    ['cordwood push app.log -l app=checkout -l env=dev', 'a file'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const labels = parsePairs(options.label, '--label');
    if (labels.length === 0) throw new UsageError('a stream needs a label: --label app=checkout');
    const metadata = parsePairs(options.metadata, '--metadata');
    const batchSize = positiveInteger(options.batch, '--batch', 1);
    const retryForMs = Number(parseDurationNs(options['retry-for'], '--retry-for') / 1_000_000n);
    const flushEveryMs = Number(parseDurationNs(options['flush-every'], '--flush-every') / 1_000_000n);
    const client = clientFromOptions(options);
    let acknowledged = 0;
    let refused = 0;
    let lastNs = 0n;
    let batch: Entry[] = [];
    let batchBytes = 0;

    async function send(): Promise<void> {
      const entries = batch;
      if (entries.length === 0) return;
      batch = [];
      batchBytes = 0;
      const body = compressSnappy(encodePushRequest([{ labels, entries: createEntryColumns(entries) }]));
      const deadlineMs = systemClock.monotonicMs() + retryForMs;
      for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, retryDelayMaxMs)) {
        let problem: string;
        let waitMs = delayMs;
        try {
          const answer = await client.push(body);
          if (answer.status < 300) {
            if (options.format === 'json')
              await terminal.out(
                `${JSON.stringify({ firstLine: acknowledged + refused + 1, lines: entries.length })}\n`,
              );
            acknowledged += entries.length;
            return;
          }
          problem = `${answer.status} ${answer.message}`;
          if (answer.status !== 429 && answer.status < 500) {
            refused += entries.length;
            terminal.note(`${terminal.style('red', 'refused:')} ${problem}`);
            return;
          }
          waitMs = answer.retryAfterMs ?? delayMs;
        } catch (error) {
          problem = (error as Error).message;
        }
        if (systemClock.monotonicMs() + waitMs > deadlineMs) {
          throw new WorldError(
            'UNREACHABLE',
            `gave up after ${options['retry-for']}, ${entries.length} lines not acknowledged: ${problem}`,
          );
        }
        await delay(waitMs);
      }
    }

    const input = positionals[0] === undefined ? process.stdin : createReadStream(positionals[0]);
    const iterator = linesOf(input)[Symbol.asyncIterator]();
    const aborted = new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted')));
    let flushAtMs = systemClock.monotonicMs() + flushEveryMs;
    let next = iterator.next();
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const due = new Promise<'due'>((resolve) => {
        timer = setTimeout(() => resolve('due'), Math.max(0, flushAtMs - systemClock.monotonicMs()));
      });
      const event = await Promise.race([next, due, aborted]);
      clearTimeout(timer);
      if (event === 'aborted') break;
      if (event === 'due') {
        await send();
        flushAtMs = systemClock.monotonicMs() + flushEveryMs;
        continue;
      }
      if (event.done) break;
      for (const line of event.value) {
        // Strictly rising timestamps keep the order of the lines and keep equal lines apart.
        const nowNs = systemClock.nowNs();
        lastNs = nowNs > lastNs ? nowNs : lastNs + 1n;
        batch.push({ timestampNs: lastNs, line, structuredMetadata: metadata });
        batchBytes += line.length;
        if (batch.length >= batchSize || batchBytes >= batchBytesMax) {
          await send();
          flushAtMs = systemClock.monotonicMs() + flushEveryMs;
        }
      }
      next = iterator.next();
    }
    await send();
    terminal.note(`${acknowledged} lines acknowledged${refused > 0 ? `, ${refused} refused` : ''}`);
    return refused > 0 ? exitCode.failed : exitCode.ok;
  },
});

async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string[]> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) yield lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }
  if (rest !== '') yield [rest];
}
