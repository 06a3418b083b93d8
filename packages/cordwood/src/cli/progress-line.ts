import type { Terminal } from './terminal.ts';

/** One line on stderr that is drawn over itself while work goes on; nothing when stderr is no terminal. */
export interface ProgressLine {
  show(text: string): void;
  /** Removes the line, so that what follows starts on a clean one. */
  clear(): void;
}

const redrawEveryMs = 100;

export function createProgressLine(terminal: Terminal): ProgressLine {
  if (!terminal.interactive) return { show() {}, clear() {} };
  let drawnMs = 0;
  return {
    show(text) {
      const nowMs = performance.now();
      if (nowMs - drawnMs < redrawEveryMs) return;
      drawnMs = nowMs;
      process.stderr.write(`\r\x1b[2K${text.slice(0, terminal.columns - 1)}`);
    },
    clear: () => void process.stderr.write('\r\x1b[2K'),
  };
}

const barWidth = 24;

/** `[#########---------------]  38 %`, and what is left at the pace so far: `3m10s left`. */
export function renderBar(done: number, total: number, elapsedMs: number): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(part * barWidth);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %`;
  if (part === 0 || part === 1) return bar;
  return `${bar}, ${renderSeconds((elapsedMs / part - elapsedMs) / 1000)} left`;
}

/** `45s`, `3m10s`, `2h05m` */
export function renderSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor(whole / 60) % 60).padStart(2, '0')}m`;
}
