import { createLabels, type Labels, printLabels } from '../model/labels.ts';
import type { AlertingRule } from './rule-group.ts';

/**
 * The life of alerts: inactive -> pending -> firing -> resolved, as Prometheus and Loki's ruler live it (loki.md 5.3). Pure:
 * state in, samples in, state out; time is an argument.
 */

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly value: number;
  readonly activeAtMs: number;
  readonly firedAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  readonly lastSentMs: number | undefined;
  /** Until when a receiver may take it as firing without hearing again. */
  readonly validUntilMs: number | undefined;
}

/** Active alerts by the text of their labels. */
export type ActiveAlerts = ReadonlyMap<string, ActiveAlert>;

/** How long a resolved alert is kept, so that the resolution reaches receivers that missed it. */
export const resolvedRetentionMs = 15 * 60_000;

export interface TemplateData {
  readonly labels: Labels;
  readonly value: number;
  /** `$lines` and `$exploreLink`; absent where the rule does not ask for them. */
  readonly lines?: readonly string[];
  readonly exploreLink?: string;
}

/** Expands the text of a label or annotation. A failing template gives Prometheus' error text as the value. */
export type ExpandTemplate = (name: string, text: string, data: TemplateData, timeMs: number) => string;

export type AlertEvaluation =
  | { readonly alerts: ActiveAlerts; readonly error?: undefined }
  | { readonly alerts: ActiveAlerts; readonly error: string };

/** One evaluation at `timeMs` with what the expression gave. */
export function evaluateAlertingRule(
  rule: AlertingRule,
  before: ActiveAlerts,
  samples: readonly Sample[],
  timeMs: number,
  limit: number,
  expand: ExpandTemplate,
): AlertEvaluation {
  const present = new Map<string, ActiveAlert>();
  for (const sample of samples) {
    const data = { labels: sample.labels.filter((label) => label.name !== '__name__'), value: sample.value };
    const expandAll = (texts: Readonly<Record<string, string>>) =>
      Object.entries(texts).map(([name, text]) => [name, expand(`__alert_${rule.name}`, text, data, timeMs)] as const);
    const labels = createLabels([
      ...data.labels.map(({ name, value }) => [name, value] as const),
      ...expandAll(rule.labels),
      ['alertname', rule.name],
    ]).filter((label) => label.value !== '');
    const key = printLabels(labels);
    if (present.has(key)) {
      return { alerts: before, error: 'vector contains metrics with the same labelset after applying alert labels' };
    }
    const known = before.get(key);
    const goesOn = known !== undefined && known.state !== 'resolved';
    present.set(key, {
      labels,
      annotations: createLabels(expandAll(rule.annotations)),
      state: goesOn ? known.state : 'pending',
      value: sample.value,
      activeAtMs: goesOn ? known.activeAtMs : timeMs,
      firedAtMs: goesOn ? known.firedAtMs : undefined,
      resolvedAtMs: undefined,
      lastSentMs: goesOn ? known.lastSentMs : undefined,
      validUntilMs: goesOn ? known.validUntilMs : undefined,
    });
  }
  const after = new Map<string, ActiveAlert>();
  for (const [key, alert] of before) {
    if (present.has(key) || alert.state === 'pending') continue;
    if (alert.state === 'firing') after.set(key, { ...alert, state: 'resolved', resolvedAtMs: timeMs });
    else if (timeMs - alert.resolvedAtMs! <= resolvedRetentionMs) after.set(key, alert);
  }
  for (const [key, alert] of present) {
    const fires = alert.state === 'pending' && timeMs - alert.activeAtMs >= rule.forMs;
    after.set(key, fires ? { ...alert, state: 'firing', firedAtMs: timeMs } : alert);
  }
  if (limit > 0 && present.size > limit) {
    return { alerts: new Map(), error: `exceeded limit of ${limit} with ${present.size} alerts` };
  }
  return { alerts: after };
}

/** Which alerts a receiver must hear of now, and the state after they were handed over. Pending ones are never sent. */
export function selectAlertsToSend(
  alerts: ActiveAlerts,
  timeMs: number,
  intervalMs: number,
  resendDelayMs: number,
): { readonly toSend: readonly ActiveAlert[]; readonly alerts: ActiveAlerts } {
  const toSend: ActiveAlert[] = [];
  const after = new Map(alerts);
  for (const [key, alert] of alerts) {
    if (alert.state === 'pending') continue;
    const unsentResolution =
      alert.resolvedAtMs !== undefined && (alert.lastSentMs === undefined || alert.resolvedAtMs > alert.lastSentMs);
    const due = alert.lastSentMs === undefined || alert.lastSentMs + resendDelayMs < timeMs;
    if (!unsentResolution && !due) continue;
    const sent = { ...alert, lastSentMs: timeMs, validUntilMs: timeMs + 4 * Math.max(intervalMs, resendDelayMs) };
    after.set(key, sent);
    toSend.push(sent);
  }
  return { toSend, alerts: after };
}

/** The state of a rule is that of its worst alert. */
export function ruleState(alerts: ActiveAlerts): 'inactive' | 'pending' | 'firing' {
  let state: 'inactive' | 'pending' | 'firing' = 'inactive';
  for (const alert of alerts.values()) {
    if (alert.state === 'firing') return 'firing';
    if (alert.state === 'pending') state = 'pending';
  }
  return state;
}

/** ALERTS and ALERTS_FOR_STATE, the series that the ruler writes beside recorded ones. */
export function alertSeries(alerts: ActiveAlerts): Sample[] {
  const series: Sample[] = [];
  for (const alert of alerts.values()) {
    if (alert.state === 'resolved') continue;
    const pairs = alert.labels.map(({ name, value }) => [name, value] as const);
    series.push({ labels: createLabels([...pairs, ['__name__', 'ALERTS'], ['alertstate', alert.state]]), value: 1 });
    series.push({
      labels: createLabels([...pairs, ['__name__', 'ALERTS_FOR_STATE']]),
      value: Math.floor(alert.activeAtMs / 1000),
    });
  }
  return series;
}
