import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import type { StreamResult } from '../../client/loki-client.ts';
import { WorldError } from '../../model/failure.ts';
import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode } from '../command.ts';
import { flattenStreams, parseEntryOutput, renderEntry } from '../entry-output.ts';
import { clientFromOptions, lokiOptions } from '../loki-options.ts';
import { parseDurationNs } from '../time-options.ts';

/** Longest pause between two attempts to get a lost connection back. */
const reconnectDelayMaxMs = 10_000;

export const tail = defineCommand({
  name: 'tail',
  summary: 'Follow log lines as they arrive.',
  operands: '<logql>',
  operandCount: [1, 1],
  describe: 'Ends with Ctrl-C. A lost connection is taken up again where it broke off.',
  options: {
    ...lokiOptions,
    since: { type: 'string', value: 'DURATION', default: '0s', describe: 'begin with what came before' },
    limit: { type: 'string', value: 'N', short: 'n', default: '100', describe: 'how many earlier entries at most' },
    output: { type: 'string', value: 'FORM', short: 'o', default: 'default', describe: 'default, raw or jsonl' },
    once: { type: 'boolean', describe: 'end when the connection ends' },
  },
  examples: [
    [`cordwood tail '{namespace="greenlang-prod"} |= "error"' -t greenlang-prod`, 'errors of production, live'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const output = parseEntryOutput(options.output);
    const client = clientFromOptions(options);
    let startNs = systemClock.nowNs() - parseDurationNs(options.since, '--since');
    let delayMs = 250;
    while (!signal.aborted) {
      const query = new URLSearchParams({ query: positionals[0]!, start: String(startNs), limit: options.limit });
      const socket = new WebSocket(`${client.url.replace(/^http/, 'ws')}/loki/api/v1/tail?${query}`, {
        headers: client.headers,
      });
      const stop = () => socket.close();
      signal.addEventListener('abort', stop);
      const failure = await new Promise<string | undefined>((resolve) => {
        socket.on('open', () => {
          delayMs = 250;
        });
        socket.on('message', (message) => {
          const { streams = [], dropped_entries: dropped } = JSON.parse(String(message)) as {
            streams?: StreamResult[];
            dropped_entries?: unknown[] | null;
          };
          for (const entry of flattenStreams(streams, 'forward')) {
            if (entry.timestampNs >= startNs) startNs = entry.timestampNs + 1n;
            void terminal.out(renderEntry(entry, output, new Set(), terminal));
          }
          if (dropped && dropped.length > 0)
            terminal.note(terminal.style('yellow', `${dropped.length} entries dropped: the reader is too slow`));
        });
        socket.on('unexpected-response', (_request, response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () => resolve(`refused:${text.trim() || response.statusMessage}`));
        });
        socket.on('error', (error) => resolve(error.message));
        socket.on('close', (_code, reason) => resolve(String(reason) || 'the connection was closed'));
      });
      signal.removeEventListener('abort', stop);
      if (signal.aborted) break;
      if (failure?.startsWith('refused:')) throw new Error(failure.slice('refused:'.length));
      if (options.once) throw new WorldError('UNREACHABLE', `${client.url}: ${failure}`);
      terminal.note(terminal.style('yellow', `${failure}; trying again in ${delayMs / 1000} s`));
      await delay(delayMs, undefined, { signal }).catch(() => {});
      delayMs = Math.min(delayMs * 2, reconnectDelayMaxMs);
    }
    return exitCode.ok;
  },
});
