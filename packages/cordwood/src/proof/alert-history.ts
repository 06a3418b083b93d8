import { type Labels, labelValue, printLabels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import type { ActiveAlert } from '../rules/alerting-rule.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import type { AlertState, Transition } from './test-file.ts';

/** What one rule's alerts were after each of its evaluations. */
export interface AlertHistory {
  readonly alertName: string;
  readonly tenant: Tenant;
  readonly snapshots: { readonly atMs: number; readonly alerts: readonly ActiveAlert[] }[];
}

/** The life of one alert: a state for each evaluation of its rule. */
export interface AlertLife {
  readonly labels: Labels;
  readonly states: readonly { readonly atMs: number; readonly state: AlertState }[];
}

/** Pending and firing alerts as of a time: after the last evaluation that was not later. */
export function alertsAt(history: AlertHistory, atMs: number): readonly ActiveAlert[] {
  return history.snapshots.findLast((snapshot) => snapshot.atMs <= atMs)?.alerts ?? [];
}

/** Every alert that the rule ever had until a time, in the order of their first appearance. */
export function alertLives(history: AlertHistory, untilMs: number): readonly AlertLife[] {
  const snapshots = history.snapshots.filter(({ atMs }) => atMs <= untilMs);
  const seen = new Map<string, Labels>();
  for (const { alerts } of snapshots) for (const alert of alerts) seen.set(printLabels(alert.labels), alert.labels);
  return [...seen].map(([key, labels]) => {
    let state: AlertState = 'inactive';
    const states = snapshots.map(({ atMs, alerts }) => {
      const now = alerts.find((alert) => printLabels(alert.labels) === key)?.state;
      state = now ?? (state === 'firing' || state === 'resolved' ? 'resolved' : 'inactive');
      return { atMs, state };
    });
    return { labels, states };
  });
}

export function transitionsOf(life: AlertLife): readonly Transition[] {
  let before: AlertState = 'inactive';
  return life.states.filter(({ state }) => {
    const changed = state !== before;
    before = state;
    return changed;
  });
}

export const printTransition = ({ atMs, state }: Transition): string => `${state} at ${printRuleDuration(atMs)}`;

export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return wanted.every(({ name, value }) => labelValue(labels, name) === value);
}

const marks: Readonly<Record<AlertState, string>> = { inactive: '.', pending: 'p', firing: 'F', resolved: 'r' };
const columnsMax = 72;

/**
 * The states as text, one mark per evaluation; where there are more than fit, a column stands for several and shows the
 * gravest of them.
 *
 *     HighErrorRate {service="x"}: pending at 5m, firing at 10m
 *     0s |.....pppppFFFFF| 15m
 */
export function drawTimeline(alertName: string, history: AlertHistory, untilMs: number): string[] {
  const lives = alertLives(history, untilMs);
  const times = history.snapshots.filter(({ atMs }) => atMs <= untilMs);
  if (lives.length === 0)
    return [`${alertName}: no alert in ${times.length} evaluations from 0s to ${printRuleDuration(untilMs)}`];
  return lives.flatMap((life) => {
    const labels = printLabels(life.labels.filter(({ name }) => name !== 'alertname'));
    const end = printRuleDuration(life.states.at(-1)!.atMs);
    const [drawn, scale = ''] = drawStates(life.states).split(/(?<=\|)(?= )/);
    return [
      `${alertName} ${labels}: ${transitionsOf(life).map(printTransition).join(', ')}`,
      `0s ${drawn} ${end}${scale}`,
    ];
  });
}

/** `|..ppFFrr|`, and how many evaluations a column stands for when it is more than one. */
export function drawStates(states: AlertLife['states']): string {
  const width = Math.ceil(states.length / columnsMax);
  let drawn = '';
  for (let i = 0; i < states.length; i += width) {
    const group = states.slice(i, i + width).map(({ state }) => state);
    drawn += marks[(['firing', 'pending', 'resolved'] as const).find((state) => group.includes(state)) ?? 'inactive'];
  }
  return `|${drawn}|${width > 1 ? ` (${width} evaluations a column)` : ''}`;
}
