import { printLabels } from '../../model/labels.ts';
import { alertLives, drawStates, transitionsOf } from '../alert-history.ts';
import type { Backtest } from '../backtest.ts';
import type { ReportStyle } from './report.ts';

const time = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z');

/** When each alert would have changed its state, with a timeline over the whole time. */
export function humanBacktest(backtest: Backtest, style: ReportStyle): string {
  const { startMs, endMs, histories, recordings, failures } = backtest;
  const out: string[] = [];
  let fired = 0;
  for (const history of histories) {
    const lives = alertLives(history, endMs);
    if (lives.length === 0) {
      out.push(style('dim', `${history.alertName}: never in ${history.snapshots.length} evaluations`));
      continue;
    }
    for (const life of lives) {
      const changes = transitionsOf(life);
      if (changes.some(({ state }) => state === 'firing')) fired++;
      out.push(
        style('bold', `${history.alertName} ${printLabels(life.labels.filter(({ name }) => name !== 'alertname'))}`),
      );
      for (const { atMs, state } of changes)
        out.push(`  ${time(atMs)} ${state === 'firing' ? style('red', state) : state}`);
      out.push(`  ${drawStates(life.states)}`);
    }
  }
  for (const { record, series, samples } of recordings) out.push(`${record}: ${samples} samples of ${series} series`);
  for (const { rule, error } of failures) out.push(`${rule}: ${style('red', `failed: ${error}`)}`);
  out.push('', `${time(startMs)} to ${time(endMs)}: ${fired} ${fired === 1 ? 'alert' : 'alerts'} would have fired`);
  return `${out.join('\n')}\n`;
}

/** The same for programs. */
export function jsonBacktest({ startMs, endMs, histories, recordings, failures }: Backtest): string {
  const alerts = histories.flatMap((history) =>
    alertLives(history, endMs).map((life) => ({
      alertname: history.alertName,
      labels: Object.fromEntries(life.labels.map(({ name, value }) => [name, value])),
      changes: transitionsOf(life).map(({ atMs, state }) => ({ at: time(atMs), state })),
    })),
  );
  return `${JSON.stringify({ start: time(startMs), end: time(endMs), alerts, recordings, failures }, undefined, 2)}\n`;
}
