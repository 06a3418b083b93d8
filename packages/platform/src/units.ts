/** Numbers with their unit, as Loki, Prometheus and Kubernetes write them. Types of text, so that an editor refuses `30` and `30 days`. */

/** `90s`, `30m`, `720h`, `30d`: one number, one unit. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

/** A Kubernetes quantity of memory or disk: `512Mi`, `100Gi`. */
export type Quantity = `${number}${'Ki' | 'Mi' | 'Gi' | 'Ti'}`;

/** A Kubernetes quantity of processor time: `500m` (half a core) or `2`. */
export type Cpu = `${number}m` | `${number}`;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const unitBytes: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;
export const quantityPattern = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti)$/;
export const cpuPattern = /^\d+(?:\.\d+)?m?$/;

export function durationMs(duration: Duration): number {
  const [, number, unit] = durationPattern.exec(duration)!;
  return Number(number) * unitMs[unit!]!;
}

export const durationHours = (duration: Duration): number => durationMs(duration) / unitMs['h']!;
export const durationDays = (duration: Duration): number => durationMs(duration) / unitMs['d']!;

export function quantityBytes(quantity: Quantity): number {
  const [, number, unit] = quantityPattern.exec(quantity)!;
  return Number(number) * unitBytes[unit!]!;
}

/** Cores. */
export const cpuCores = (cpu: Cpu): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu));
