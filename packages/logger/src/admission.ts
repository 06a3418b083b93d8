import type { Level } from './level.ts';

/** How many calls of an event become lines. Both may be given; a call must pass both. */
export interface AdmissionRule {
  /** Share of the calls that is kept, 0 to 1. */
  readonly sample?: number;
  /** Lines a second, on average, for each event of each logger … */
  readonly perSecond?: number;
  /** … and at once. Default: `perSecond`. */
  readonly burst?: number;
}

export interface AdmissionOptions {
  /** By event name. An event that is named here is limited at any level. */
  readonly events?: Readonly<Record<string, AdmissionRule>>;
  /** For all other events below `error`: errors are never thinned out by a general rule. */
  readonly otherwise?: AdmissionRule;
  /** How often it is said what was left out. Default 10 s. */
  readonly reportIntervalMs?: number;
}

export interface Admission {
  readonly admit: (event: string, level: Level, logger: string) => boolean;
  /** Reports what has been left out since the last report, now. */
  readonly report: () => void;
}

/** One line of what was left out: event, logger, number. */
export type ReportSuppressed = (suppressed: {
  readonly suppressed_event: string;
  readonly suppressed_logger: string;
  readonly calls: number;
}) => void;

interface Bucket {
  tokens: number;
  refilledMs: number;
  suppressed: number;
  readonly event: string;
  readonly logger: string;
}

/** Distinct (logger, event) pairs that are counted apart; beyond it they share one bucket, so a free-text event cannot grow it. */
const bucketsMax = 1_000;
const reportIntervalDefaultMs = 10_000;

/** All problems of the rules, in words. */
export function admissionProblems(options: AdmissionOptions): string[] {
  const problems: string[] = [];
  const check = (name: string, { sample, perSecond, burst }: AdmissionRule) => {
    if (sample !== undefined && !(sample >= 0 && sample <= 1))
      problems.push(`limits of ${name}: sample ${sample} is not between 0 and 1`);
    if (perSecond !== undefined && !(perSecond > 0))
      problems.push(`limits of ${name}: perSecond ${perSecond} is not above 0`);
    if (burst !== undefined && !(burst >= 1)) problems.push(`limits of ${name}: burst ${burst} is below 1`);
    if (burst !== undefined && perSecond === undefined) problems.push(`limits of ${name}: burst needs perSecond`);
  };
  for (const [event, rule] of Object.entries(options.events ?? {})) check(`event ${event}`, rule);
  if (options.otherwise !== undefined) check('other events', options.otherwise);
  return problems;
}

function capacity({ burst, perSecond }: AdmissionRule): number {
  return burst ?? Math.max(1, perSecond ?? 0);
}

/** Sampling and rate limits. Nothing is lost in silence: what was left out is reported as a line of its own. */
export function createAdmission(
  options: AdmissionOptions,
  now: () => number,
  random: () => number,
  reportSuppressed: ReportSuppressed,
): Admission {
  const events = new Map(Object.entries(options.events ?? {}));
  const { otherwise } = options;
  const intervalMs = options.reportIntervalMs ?? reportIntervalDefaultMs;
  const buckets = new Map<string, Bucket>();
  let anySuppressed = false;
  let reportedMs = now();

  function bucketOf(event: string, logger: string, rule: AdmissionRule, timeMs: number): Bucket {
    const key = `${logger}\n${event}`;
    const known = buckets.get(key);
    if (known !== undefined) return known;
    const created = { tokens: capacity(rule), refilledMs: timeMs, suppressed: 0, event, logger };
    if (buckets.size < bucketsMax) {
      buckets.set(key, created);
      return created;
    }
    const shared = buckets.get('');
    if (shared !== undefined) return shared;
    const rest = { ...created, event: '(others)', logger: '(others)' };
    buckets.set('', rest);
    return rest;
  }

  function admits(bucket: Bucket, rule: AdmissionRule, timeMs: number): boolean {
    if (rule.sample !== undefined && random() >= rule.sample) return false;
    if (rule.perSecond === undefined) return true;
    const elapsedMs = Math.max(0, timeMs - bucket.refilledMs);
    bucket.tokens = Math.min(capacity(rule), bucket.tokens + (elapsedMs * rule.perSecond) / 1_000);
    bucket.refilledMs = timeMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  function report(): void {
    reportedMs = now();
    if (!anySuppressed) return;
    anySuppressed = false;
    for (const bucket of buckets.values()) {
      if (bucket.suppressed === 0) continue;
      const calls = bucket.suppressed;
      bucket.suppressed = 0;
      reportSuppressed({ suppressed_event: bucket.event, suppressed_logger: bucket.logger, calls });
    }
  }

  return {
    report,
    admit(event, level, logger) {
      const timeMs = now();
      if (timeMs - reportedMs >= intervalMs) report();
      const rule = events.get(event) ?? (level === 'error' || level === 'fatal' ? undefined : otherwise);
      if (rule === undefined) return true;
      const bucket = bucketOf(event, logger, rule, timeMs);
      if (admits(bucket, rule, timeMs)) return true;
      bucket.suppressed++;
      anySuppressed = true;
      return false;
    },
  };
}
