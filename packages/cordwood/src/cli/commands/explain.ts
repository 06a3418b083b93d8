import { parse } from '@cordwood/logql';
import { defaultLimits } from '../../model/limits.ts';
import { explain as explainExpression, type PlanNode, printPlan } from '../../query/explain.ts';
import { stepsOf } from '../../query/step-series.ts';
import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { ConfigError } from '../config-error.ts';
import { clientFromOptions, lokiOptions } from '../loki-options.ts';
import { parseDurationNs, rangeFromOptions, timeOptions } from '../time-options.ts';
import { positiveInteger } from './query.ts';

export const explain = defineCommand({
  name: 'explain',
  summary: 'Run a LogQL query and show its plan: what each step does, with rows and bytes.',
  operands: '<logql>',
  operandCount: [1, 1],
  describe:
    'The query runs on Cordwood; a plan is read from the bottom of each branch up to its result. With --offline nothing runs and no server is needed: the plan is then without figures.',
  options: {
    ...lokiOptions,
    ...timeOptions,
    limit: { type: 'string', value: 'N', short: 'n', default: '100', describe: 'how many log entries' },
    forward: { type: 'boolean', describe: 'oldest first' },
    step: { type: 'string', value: 'DURATION', default: '1m', describe: 'distance of the points of a metric query' },
    instant: { type: 'boolean', describe: 'evaluate a metric query once, at the end of the range' },
    offline: { type: 'boolean', describe: 'the plan alone' },
    format: { type: 'string', value: 'FORM', default: 'text', describe: 'text or json' },
  },
  examples: [
    [
      `cordwood explain '{namespace="greenlang"} | json | level="ERROR"' -t greenlang-prod --since 24h`,
      'what is read, and what each stage leaves',
    ],
    [`cordwood explain 'sum by (app) (rate({env="prod"} |= "error" [5m]))' --offline`, 'how it would be run'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const text = positionals[0]!;
    const { expression, error } = parse(text);
    if (error !== undefined) {
      const { message, line, column, span } = error;
      const place = { file: 'query', line, column, length: span.end - span.start };
      throw new ConfigError('', [{ diagnostic: { severity: 'error', message, ...place }, source: text }]);
    }
    if (!['text', 'json'].includes(options.format)) throw new UsageError('--format is text or json');
    const { startNs, endNs } = rangeFromOptions(options, systemClock);
    const stepNs = parseDurationNs(options.step, '--step');
    const limit = positiveInteger(options.limit, '--limit', 1);
    const direction = options.forward ? 'forward' : 'backward';
    const kind = options.instant ? 'instant' : 'range';
    let plan: PlanNode;
    if (options.offline) {
      const steps = stepsOf({ kind, endNs, stepNs }, startNs, defaultLimits);
      plan = explainExpression(expression, { steps, limit, direction });
    } else {
      const common = { query: text, explain: 'true' };
      const answer = await (options.instant
        ? clientFromOptions(options).get('/loki/api/v1/query', { ...common, time: String(endNs) }, signal)
        : clientFromOptions(options).get(
            '/loki/api/v1/query_range',
            {
              ...common,
              start: String(startNs),
              end: String(endNs),
              step: `${Number(stepNs) / 1e9}`,
              limit: String(limit),
              direction,
            },
            signal,
          ));
      const found = (answer as { data: { plan?: PlanNode } }).data.plan;
      if (found === undefined) {
        throw new ConfigError(
          `${options.addr} answered without a plan, so it is no Cordwood. --offline shows how Cordwood would run the query.`,
        );
      }
      plan = found;
    }
    await terminal.out(options.format === 'json' ? `${JSON.stringify(plan)}\n` : printPlan(plan));
    return exitCode.ok;
  },
});
