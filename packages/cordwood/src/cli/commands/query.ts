import { parse } from '@cordwood/logql';
import type { QueryData } from '../../client/loki-client.ts';
import { createLabels, printLabels } from '../../model/labels.ts';
import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { ConfigError } from '../config-error.ts';
import { commonLabels, parseEntryOutput, renderEntry } from '../entry-output.ts';
import { clientFromOptions, lokiOptions } from '../loki-options.ts';
import { pageEntries } from '../page-entries.ts';
import { parseDurationNs, printTimeNs, rangeFromOptions, timeOptions } from '../time-options.ts';

export const query = defineCommand({
  name: 'query',
  summary: 'Run a LogQL query against Cordwood or any Loki.',
  operands: '<logql>',
  operandCount: [1, 1],
  describe: 'Log lines go to stdout, everything else to stderr. Metric queries print one line per series and step.',
  options: {
    ...lokiOptions,
    ...timeOptions,
    limit: { type: 'string', value: 'N', short: 'n', default: '100', describe: 'how many log entries; 0 for all' },
    batch: { type: 'string', value: 'N', default: '1000', describe: 'entries per request' },
    forward: { type: 'boolean', describe: 'oldest first' },
    output: { type: 'string', value: 'FORM', short: 'o', default: 'default', describe: 'default, raw or jsonl' },
    step: { type: 'string', value: 'DURATION', describe: 'distance of the points of a metric query' },
    instant: { type: 'boolean', describe: 'evaluate a metric query once, at the end of the range' },
    quiet: { type: 'boolean', short: 'q', describe: 'no summary on stderr' },
  },
  examples: [
    [
      `cordwood query '{service="csrd-agent"} |= "failed"' -t greenlang-prod`,
      'the last hundred failures of a service within the hour',
    ],
    [
      `cordwood query '{service="csrd-agent"} | json | level="ERROR"' --since 24h -o jsonl`,
      'one JSON object a line, for jq',
    ],
    [`cordwood query 'sum by (level) (count_over_time({namespace="greenlang-prod"}[1m]))'`, 'a metric query'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const text = positionals[0]!;
    const parsed = parse(text);
    if (parsed.error) {
      const { message, line, column, span } = parsed.error;
      const diagnostic = {
        severity: 'error',
        message,
        file: 'query',
        line,
        column,
        length: span.end - span.start,
      } as const;
      throw new ConfigError('', [{ diagnostic, source: text }]);
    }
    const output = parseEntryOutput(options.output);
    const limit = positiveInteger(options.limit, '--limit', 0) || Number.MAX_SAFE_INTEGER;
    const batchSize = positiveInteger(options.batch, '--batch', 1);
    const { startNs, endNs } = rangeFromOptions(options, systemClock);
    const client = clientFromOptions(options);

    if (parsed.expression.kind === 'log') {
      const direction = options.forward ? 'forward' : 'backward';
      let count = 0;
      let hidden: Map<string, string> | undefined;
      const pages = pageEntries(
        async (page) => {
          const data = dataOf(
            await client.get(
              '/loki/api/v1/query_range',
              {
                query: text,
                start: String(page.startNs),
                end: String(page.endNs),
                limit: String(page.limit),
                direction,
              },
              signal,
            ),
          );
          return data.resultType === 'streams' ? data.result : [];
        },
        { startNs, endNs },
        direction,
        limit,
        Math.min(batchSize, limit),
      );
      for await (const entries of pages) {
        if (hidden === undefined) {
          hidden = output === 'default' ? commonLabels(entries.map((entry) => entry.labels)) : new Map();
          if (hidden.size > 0 && !options.quiet)
            terminal.note(terminal.style('dim', `common labels: ${printLabels(createLabels(hidden))}`));
        }
        const shared = hidden;
        const names = new Set(shared.keys());
        await terminal.out(
          entries
            .map((entry) => {
              // A later page may hold streams for which a label is not common after all; then it is shown.
              const differs = [...shared].some(([name, value]) => entry.labels[name] !== value);
              return renderEntry(entry, output, differs ? new Set() : names, terminal);
            })
            .join(''),
        );
        count += entries.length;
      }
      if (!options.quiet) {
        terminal.note(
          terminal.style(
            'dim',
            `${count} entries, ${printTimeNs(startNs)} to ${printTimeNs(endNs)}${count === limit ? `, stopped at --limit ${limit}` : ''}`,
          ),
        );
      }
      return exitCode.ok;
    }

    const step = options.step === undefined ? undefined : `${Number(parseDurationNs(options.step, '--step')) / 1e9}`;
    const data = dataOf(
      options.instant
        ? await client.get('/loki/api/v1/query', { query: text, time: String(endNs) }, signal)
        : await client.get(
            '/loki/api/v1/query_range',
            { query: text, start: String(startNs), end: String(endNs), step },
            signal,
          ),
    );
    await terminal.out(renderMetrics(data, output === 'jsonl'));
    return exitCode.ok;
  },
});

function dataOf(answer: unknown): QueryData {
  return (answer as { data: QueryData }).data;
}

function renderMetrics(data: QueryData, json: boolean): string {
  if (data.resultType === 'scalar')
    return json ? `${JSON.stringify({ value: data.result[1] })}\n` : `${data.result[1]}\n`;
  if (data.resultType === 'streams') return '';
  let out = '';
  for (const series of data.result) {
    const name = printLabels(createLabels(series.metric));
    for (const [seconds, value] of series.values ?? (series.value ? [series.value] : [])) {
      const time = printTimeNs(BigInt(Math.round(seconds * 1000)) * 1_000_000n);
      out += json
        ? `${JSON.stringify({ metric: series.metric, timestamp: time, value })}\n`
        : `${time} ${name} ${value}\n`;
    }
  }
  return out;
}

export function positiveInteger(text: string, option: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new UsageError(`${option} must be a whole number of at least ${min}, not '${text}'`);
  return value;
}
