import { parseLabels } from '../../extract/labels-parser.ts';
import { labelsObject } from '../../model/labels.ts';
import { systemClock } from '../../world/system-clock.ts';
import {
  agentEnvironment,
  readAlloyFiles,
  stabilityFromOptions,
  stabilityOption,
  withSources,
} from '../alloy-files.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { ConfigError } from '../config-error.ts';

export const trace = defineCommand({
  name: 'trace',
  summary: 'Show what every stage of a config.alloy does to one line.',
  operands: 'FILE|DIR',
  operandCount: [1, 1],
  describe: `The line goes through the configuration as it would in production, but nothing is started, read or sent. Shown is what
each stage changed: line, time, labels, extracted values, structured metadata; which stage dropped it; and what arrives.
Exit code 0, also when the line is dropped; 2 when the configuration cannot be run.`,
  options: {
    line: { type: 'string', value: 'TEXT', describe: 'the line (required)' },
    labels: {
      type: 'string',
      value: 'LABELS',
      default: '{}',
      describe: 'its labels when it enters: \'{app="api", filename="/var/log/a.log"}\'',
    },
    component: {
      type: 'string',
      value: 'ID',
      describe: 'where it enters, such as loki.process.pods; needed when sources feed several',
    },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text or json' },
    ...stabilityOption,
  },
  examples: [
    [`cordwood trace config.alloy --line 'level=info msg="hello"'`, 'from where the sources feed the pipeline'],
    [
      `cordwood trace config.alloy --component loki.process.redact --labels '{service="api"}' --line 'token=abc'`,
      'from the middle',
    ],
  ],
  async run({ options, positionals, terminal, env }) {
    if (options.line === undefined) throw new UsageError('--line is missing: the line to trace');
    if (options.format !== 'text' && options.format !== 'json')
      throw new UsageError(`--format is text or json, not '${options.format}'`);
    const { labels, error } = parseLabels(options.labels);
    if (error !== undefined) throw new UsageError(`--labels: ${error}. Write '{name="value", name="value"}'`);
    const { printTrace, traceLine } = await import('../../agent/trace.ts');
    const { SimulatedClock } = await import('../../world/simulated-clock.ts');
    const files = readAlloyFiles(positionals[0]!);
    const result = await traceLine({
      files,
      environment: agentEnvironment(env),
      // The time is now, and it stands still: a trace has no timers.
      clock: new SimulatedClock(systemClock.nowNs()),
      stability: stabilityFromOptions(options),
      line: options.line,
      labels: labelsObject(labels),
      ...(options.component === undefined ? {} : { component: options.component }),
    });
    if (result.problem !== undefined) throw new UsageError(`${result.problem}`);
    if (result.diagnostics !== undefined)
      throw new ConfigError(`${positionals[0]} cannot be run`, withSources(result.diagnostics, files));
    await terminal.out(options.format === 'json' ? printJson(result.trace) : printTrace(result.trace));
    return exitCode.ok;
  },
});

/** Timestamps as text of nanoseconds: they do not fit JSON's numbers. */
function printJson(value: unknown): string {
  return `${JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner), 2)}\n`;
}
