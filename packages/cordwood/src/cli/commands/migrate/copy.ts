import { createWriteStream, type WriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseByteSize } from '../../../config/byte-size.ts';
import { type CopyJob, openCheckpoint, storedJob } from '../../../migrate/copy/checkpoint.ts';
import type { CopyPlan } from '../../../migrate/copy/copy-history.ts';
import { createPace } from '../../../migrate/copy/pace.ts';
import { describeRefused, type RefusedEntry, refusalAdvice } from '../../../migrate/copy/refused-entry.ts';
import { RequestError } from '../../../model/failure.ts';
import { printLabels } from '../../../model/labels.ts';
import { systemClock } from '../../../world/system-clock.ts';
import { systemDisk } from '../../../world/system-disk.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { parsePairs } from '../../parse-pairs.ts';
import { createProgressLine, renderBar, renderSeconds } from '../../progress-line.ts';
import type { Terminal } from '../../terminal.ts';
import { parseDurationNs, parseTimeNs, printTimeNs } from '../../time-options.ts';
import { positiveInteger } from '../query.ts';
import { type SideOptions, sideOptions, sidesFromOptions } from './side-options.ts';

/** A copy that goes on in spite of more refusals than these only writes a long file. */
const refusedMax = 1000;
const progressEveryMs = 200;

export const copy = defineCommand({
  name: 'migrate copy',
  summary: 'Copy history from one Loki to another: resumable, in order, nothing twice.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'Reads tenant by tenant, window by window, stream by stream through the query API, and pushes to the other side. --state keeps how far\n' +
    'it has come: the same command goes on after any interruption. Prove the result with `cordwood migrate compare`.\n' +
    'Exit code 0: everything is at the new Loki, 1: interrupted, or entries were refused, 2: wrong usage.',
  options: {
    ...sideOptions,
    only: { type: 'string', value: 'SELECTOR', describe: 'only streams that match' },
    window: { type: 'string', value: 'DURATION', default: '24h', describe: 'time that is copied as one step' },
    rate: { type: 'string', value: 'SIZE', describe: 'at most so much a second: 5MB' },
    'add-label': { type: 'string', value: 'NAME=VALUE', multiple: true, describe: 'label of every copied stream' },
    state: { type: 'string', value: 'DIR', default: 'cordwood-copy', describe: 'checkpoint and refused entries' },
    'keep-going': {
      type: 'boolean',
      describe: `write refused entries to refused.jsonl in --state and go on, up to ${refusedMax}`,
    },
    'dry-run': { type: 'boolean', describe: 'only list what would be copied' },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human or json' },
  },
  examples: [
    [
      'cordwood migrate copy --from http://loki-2:3100 --to http://loki-gateway --since 30d --dry-run',
      'tenants, streams and entries, nothing is written',
    ],
    [
      `cordwood migrate copy --from http://loki-2:3100 --to http://loki-gateway --rule '{namespace="greenlang-prod"}=greenlang-prod' --rule '{}=greenlang-dev' --rate 5MB`,
      'history of a Loki without authentication, to the tenants of the new one; five megabytes a second',
    ],
  ],
  async run({ options, terminal, signal }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    // Loaded here, so that the small commands start without LogQL, the codecs and the native snappy.
    const { parseStreamSelector, parseTenantRules } = await import('../../../migrate/copy/tenant-rules.ts');
    const { copyHistory, planCopy } = await import('../../../migrate/copy/copy-history.ts');
    const rules = parseTenantRules(options.rule);
    if (rules.error !== undefined) throw new UsageError(`--rule: ${rules.error}`);
    const only = options.only === undefined ? undefined : parseStreamSelector(options.only);
    if (only?.error !== undefined) throw new UsageError(`--only: ${only.error}`);
    const sides = await sidesFromOptions(options, terminal, systemClock, signal);
    const rate = options.rate === undefined ? undefined : byteRate(options.rate);
    const state = resolve(options.state);
    const job = await jobFromOptions(options, state);
    const addLabels = parsePairs(options['add-label'], '--add-label');
    const common = { ...sides, tenantOf: rules.tenantOf, addLabels, only: only?.matches };
    if (options['dry-run']) {
      await terminal.out(describePlan(await planCopy({ ...common, job }), options.format));
      return exitCode.ok;
    }
    const checkpoint = await openCheckpoint(systemDisk, state, job);
    const refused = createRefusals(state, options['keep-going'], terminal);
    try {
      const progress = createCopyProgress(terminal, checkpoint.totals);
      try {
        await copyHistory({
          ...common,
          checkpoint,
          pageSize: positiveInteger(options.page, '--page', 1),
          parallel: positiveInteger(options.parallel, '--parallel', 1),
          pace: createPace(systemClock, rate),
          clock: systemClock,
          signal,
          refuse(entry) {
            // Throws when it ends the copy; then the next run meets the entry again and counts it.
            refused.take(entry);
            checkpoint.totals.refused++;
          },
          onPlan: progress.plan,
        });
      } catch (error) {
        if (!signal.aborted) throw error;
        terminal.note(`stopped at ${checkpoint.totals.entries} entries; the same command goes on from here`);
        return exitCode.failed;
      } finally {
        progress.stop();
      }
      await terminal.out(describeDone(job, checkpoint.totals, progress.elapsedMs(), options.format));
      if (checkpoint.totals.refused > 0)
        terminal.note(`${checkpoint.totals.refused} entries were refused: ${join(state, refusedFile)}`);
      return checkpoint.totals.refused > 0 ? exitCode.failed : exitCode.ok;
    } finally {
      await refused.close();
      await checkpoint.close();
    }
  },
});

const refusedFile = 'refused.jsonl';

/** Without times given, a copy that was begun goes on with the range that it had. */
async function jobFromOptions(
  options: SideOptions & { window: string; only: string | undefined; 'add-label': readonly string[] },
  state: string,
): Promise<CopyJob> {
  const begun = await storedJob(systemDisk, state);
  const endNs = options.end === undefined ? (begun?.endNs ?? systemClock.nowNs()) : parseTimeNs(options.end, '--end');
  const startNs =
    options.start === undefined
      ? (begun?.startNs ?? endNs - parseDurationNs(options.since, '--since'))
      : parseTimeNs(options.start, '--start');
  if (startNs >= endNs) throw new UsageError('the start of the time range is not before its end');
  return {
    from: options.from!,
    to: options.to!,
    tenants: options.tenant.length === 0 ? ['fake'] : options.tenant,
    rules: options.rule,
    addLabels: options['add-label'],
    only: options.only ?? '',
    startNs,
    endNs,
    windowNs: parseDurationNs(options.window, '--window'),
  };
}

function byteRate(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined || bytes === 0) throw new UsageError(`--rate: '${text}' is not a size like 5MB`);
  return bytes;
}

function createRefusals(state: string, keepGoing: boolean, terminal: Terminal) {
  let file: WriteStream | undefined;
  let count = 0;
  return {
    take(entry: RefusedEntry): void {
      const what = `${entry.tenant} ${printLabels(entry.labels)} at ${printTimeNs(entry.entry.timestampNs)}: ${entry.reason}`;
      if (!keepGoing || ++count > refusedMax)
        throw new RequestError(
          400,
          `the new Loki refuses an entry of ${what}\n${refusalAdvice(entry.reason)}\nThen run the same command again; --keep-going writes refused entries to a file and goes on${count > refusedMax ? `, up to ${refusedMax}` : ''}.`,
        );
      if (file === undefined) {
        terminal.note(terminal.style('yellow', `refused: ${what}\n${refusalAdvice(entry.reason)}`));
        file = createWriteStream(join(state, refusedFile), { flags: 'a' });
      }
      file.write(`${JSON.stringify(describeRefused(entry))}\n`);
    },
    close: () => new Promise<void>((done) => (file === undefined ? done() : file.end(done))),
  };
}

function createCopyProgress(terminal: Terminal, totals: { readonly entries: number; readonly bytes: number }) {
  const line = createProgressLine(terminal);
  const startMs = systemClock.monotonicMs();
  const before = { entries: totals.entries };
  const elapsedMs = () => systemClock.monotonicMs() - startMs;
  let timer: NodeJS.Timeout | undefined;
  return {
    elapsedMs,
    plan({ estimatedEntries }: CopyPlan) {
      timer = setInterval(() => {
        const copied = totals.entries - before.entries;
        const perSecond = Math.round(copied / Math.max(0.001, elapsedMs() / 1000));
        const left = estimatedEntries === undefined ? undefined : Math.max(copied, estimatedEntries - before.entries);
        const bar = left === undefined ? '' : `${renderBar(copied, left, elapsedMs())}  `;
        line.show(`${bar}${totals.entries} entries, ${mebibytes(totals.bytes)}, ${perSecond}/s`);
      }, progressEveryMs);
    },
    stop() {
      clearInterval(timer);
      line.clear();
    },
  };
}

function describePlan({ windows, estimatedEntries }: CopyPlan, format: 'human' | 'json'): string {
  const byTenant = new Map<string, Set<string>>();
  for (const { tenant, streams } of windows) {
    for (const stream of streams) {
      const name = `${tenant} -> ${stream.tenant}`;
      const keys = byTenant.get(name) ?? new Set();
      keys.add(stream.key);
      byTenant.set(name, keys);
    }
  }
  const tenants = [...byTenant].map(([name, keys]) => ({ tenants: name, streams: keys.size }));
  if (format === 'json') return `${JSON.stringify({ tenants, estimatedEntries, windows: windows.length })}\n`;
  const rows = tenants.map(({ tenants: name, streams }) => `${name}: ${streams} stream${streams === 1 ? '' : 's'}\n`);
  const about = estimatedEntries === undefined ? 'an unknown number of' : `about ${estimatedEntries}`;
  return `${rows.join('')}${about} entries in ${windows.length} window${windows.length === 1 ? '' : 's'}; nothing was written\n`;
}

function describeDone(
  job: CopyJob,
  totals: {
    entries: number;
    bytes: number;
    sentAgain: number;
    alreadyThere: number;
    refused: number;
    runs: number;
  },
  elapsedMs: number,
  format: 'human' | 'json',
): string {
  if (format === 'json')
    return `${JSON.stringify({ ...totals, start: printTimeNs(job.startNs), end: printTimeNs(job.endNs) })}\n`;
  return (
    `${totals.entries} entries, ${mebibytes(totals.bytes)}, ${printTimeNs(job.startNs)} to ${printTimeNs(job.endNs)}\n` +
    `${totals.runs} run${totals.runs === 1 ? '' : 's'}, the last ${renderSeconds(elapsedMs / 1000)}; ${totals.sentAgain} sent more than once, ` +
    `${totals.alreadyThere} found there already, ${totals.refused} refused\n`
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
