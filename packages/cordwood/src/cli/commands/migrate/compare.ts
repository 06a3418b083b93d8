import { systemClock } from '../../../world/system-clock.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { createProgressLine, renderBar } from '../../progress-line.ts';
import { parseDurationNs, parseTimeNs, printTimeNs } from '../../time-options.ts';
import { positiveInteger } from '../query.ts';
import { sideOptions, sidesFromOptions } from './side-options.ts';

export const compare = defineCommand({
  name: 'migrate compare',
  summary: 'Prove that two Lokis hold the same entries: per tenant, stream and interval.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'Reads every entry of both sides once and joins them by stream and time. What Loki adds by itself does not count: service_name where\n' +
    'one side has none, shard labels, detected_level. For a dual-write phase end before now (--settle), so that both sides have everything.\n' +
    'Exit code 0: equal, 1: different or interrupted, 2: wrong usage.',
  options: {
    ...sideOptions,
    settle: {
      type: 'string',
      value: 'DURATION',
      default: '0s',
      describe: 'without --end: how long before now it ends',
    },
    window: { type: 'string', value: 'DURATION', default: '24h', describe: 'time that is read as one step' },
    interval: {
      type: 'string',
      value: 'DURATION',
      default: '1h',
      describe: 'width of the intervals that are reported',
    },
    only: { type: 'string', value: 'SELECTOR', describe: 'only streams that match' },
    by: {
      type: 'string',
      value: 'LABEL',
      multiple: true,
      describe: 'only these labels make a stream: for pipelines that label differently',
    },
    'ignore-label': { type: 'string', value: 'LABEL', multiple: true, describe: 'label that does not count' },
    'ignore-metadata': { type: 'string', value: 'NAME', multiple: true, describe: 'metadata that does not count' },
    'lines-only': { type: 'boolean', describe: 'no structured metadata counts: for a Loki 2.9, which has none' },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human or json' },
  },
  examples: [
    [
      'cordwood migrate compare --from http://loki-2:3100 --to http://loki-gateway --since 30d',
      'after `migrate copy`, with the same --tenant and --rule options',
    ],
    [
      'cordwood migrate compare --from http://loki-2:3100 --to http://loki-gateway --since 2h --settle 10m --by namespace --by pod --by container --lines-only',
      'while both get the same lines through different pipelines',
    ],
  ],
  async run({ options, terminal, signal }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    // Loaded here, so that the small commands start without LogQL and the codecs.
    const { parseStreamSelector, parseTenantRules } = await import('../../../migrate/copy/tenant-rules.ts');
    const { compareHistory } = await import('../../../migrate/compare/compare-history.ts');
    const { comparisonDocument, describeComparison } = await import('../../../migrate/compare/report-comparison.ts');
    const rules = parseTenantRules(options.rule);
    if (rules.error !== undefined) throw new UsageError(`--rule: ${rules.error}`);
    const only = options.only === undefined ? undefined : parseStreamSelector(options.only);
    if (only?.error !== undefined) throw new UsageError(`--only: ${only.error}`);
    const sides = await sidesFromOptions(options, terminal, systemClock, signal);
    const endNs =
      options.end === undefined
        ? systemClock.nowNs() - parseDurationNs(options.settle, '--settle')
        : parseTimeNs(options.end, '--end');
    const startNs =
      options.start === undefined
        ? endNs - parseDurationNs(options.since, '--since')
        : parseTimeNs(options.start, '--start');
    if (startNs >= endNs) throw new UsageError('the start of the time range is not before its end');
    const tenants = options.tenant.length === 0 ? ['fake'] : options.tenant;
    const line = createProgressLine(terminal);
    const startMs = systemClock.monotonicMs();
    try {
      const result = await compareHistory({
        ...sides,
        tenants,
        tenantOf: rules.tenantOf,
        targetTenants: rules.tenants.length === 0 ? tenants : rules.tenants,
        span: { startNs, endNs },
        windowNs: parseDurationNs(options.window, '--window'),
        intervalNs: parseDurationNs(options.interval, '--interval'),
        by: options.by.length === 0 ? undefined : options.by,
        ignoredLabels: new Set(options['ignore-label']),
        ignoredMetadata: options['lines-only'] ? 'all' : new Set(['detected_level', ...options['ignore-metadata']]),
        only: only?.matches,
        pageSize: positiveInteger(options.page, '--page', 1),
        parallel: positiveInteger(options.parallel, '--parallel', 1),
        signal,
        onProgress: (done, total) => line.show(renderBar(done, total, systemClock.monotonicMs() - startMs)),
      });
      line.clear();
      await terminal.out(
        options.format === 'json'
          ? `${JSON.stringify(comparisonDocument(result), undefined, 2)}\n`
          : describeComparison(result, printTimeNs),
      );
      return result.equal ? exitCode.ok : exitCode.failed;
    } catch (error) {
      if (!signal.aborted) throw error;
      terminal.note('stopped; nothing is proven');
      return exitCode.failed;
    } finally {
      line.clear();
    }
  },
});
