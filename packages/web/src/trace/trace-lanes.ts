/** One id's way through the services: a lane for each, in the order in which they first speak. */
import { type Level, levels } from '../lines/level.ts';
import type { LogRow } from '../lines/log-row.ts';

export interface LanePoint {
  /** 0 at the first entry, 1 at the last. */
  readonly at: number;
  readonly level: Level;
  readonly index: number;
}

export interface Lane {
  readonly service: string;
  /** The most severe last, so that it is drawn over others of the same instant. */
  readonly points: readonly LanePoint[];
}

export interface TraceLanes {
  readonly lanes: readonly Lane[];
  readonly durationNs: bigint;
  readonly errorCount: number;
}

const severe: ReadonlySet<Level> = new Set(['error', 'critical', 'fatal']);

const bySeverity = (a: LanePoint, b: LanePoint) => levels.indexOf(b.level) - levels.indexOf(a.level);

/** `rows` oldest first. */
export function traceLanes(rows: readonly LogRow[]): TraceLanes {
  if (rows.length === 0) return { lanes: [], durationNs: 0n, errorCount: 0 };
  const startNs = BigInt(rows[0]!.timestampNs);
  const durationNs = BigInt(rows.at(-1)!.timestampNs) - startNs;
  const lanes = new Map<string, LanePoint[]>();
  for (const [index, row] of rows.entries()) {
    const at = durationNs === 0n ? 0 : Number(BigInt(row.timestampNs) - startNs) / Number(durationNs);
    const lane = lanes.get(row.service) ?? [];
    lane.push({ at, level: row.level, index });
    lanes.set(row.service, lane);
  }
  return {
    lanes: [...lanes].map(([service, points]) => ({ service, points: points.sort(bySeverity) })),
    durationNs,
    errorCount: rows.filter((row) => severe.has(row.level)).length,
  };
}
