import type { Matcher } from '@cordwood/logql';
import type { StreamRef } from '../model/batch.ts';
import { RequestError } from '../model/failure.ts';
import { hasLabel, type Labels, noLabels } from '../model/labels.ts';
import { compareText, keepLabels, labelsKey } from './label-sets.ts';

/** What `index/volume` sums up: bytes of streams, by values of labels or by names of labels (loki.md 1.7). */
export interface VolumeRequest {
  readonly matchers: readonly Matcher[];
  /** Empty: the labels that the matchers name; with no matchers all labels. */
  readonly targetLabels: readonly string[];
  readonly aggregateBy: 'series' | 'labels';
  readonly limit: number;
  /** `volume_max_series`; 0: no limit. */
  readonly seriesMax: number;
}

export interface Volume {
  /** With `aggregateBy: 'labels'`: one label with an empty value. */
  readonly labels: Labels;
  readonly bytes: number;
}

export interface StreamVolume {
  readonly stream: StreamRef;
  readonly bytes: number;
}

/** Largest first; of equal sizes by name. Throws RequestError when there are more than `seriesMax`. */
export function aggregateVolumes(volumes: readonly StreamVolume[], request: VolumeRequest): Volume[] {
  const totals = new Map<string, { labels: Labels; bytes: number }>();
  for (const { stream, bytes } of volumes) {
    if (bytes === 0 || !request.targetLabels.every((name) => hasLabel(stream.labels, name))) continue;
    for (const labels of groupsOf(stream.labels, request)) {
      const key = labelsKey(labels);
      const total = totals.get(key);
      if (total === undefined) totals.set(key, { labels, bytes });
      else total.bytes += bytes;
    }
  }
  if (request.seriesMax > 0 && totals.size > request.seriesMax) {
    throw new RequestError(400, `the query hit the max number of series limit (limit: ${request.seriesMax} series)`);
  }
  return [...totals.entries()]
    .sort(([a, x], [b, y]) => y.bytes - x.bytes || compareText(a, b))
    .slice(0, request.limit)
    .map(([, volume]) => volume);
}

function groupsOf(labels: Labels, { matchers, targetLabels, aggregateBy }: VolumeRequest): Labels[] {
  if (aggregateBy === 'labels') {
    const named = targetLabels.length > 0 ? keepLabels(labels, targetLabels) : labels;
    return named.map(({ name }) => [{ name, value: '' }]);
  }
  if (targetLabels.length > 0) return [keepLabels(labels, targetLabels)];
  const names = matchers.map((matcher) => matcher.name);
  return [names.length > 0 ? keepLabels(labels, names) : labels.length > 0 ? labels : noLabels];
}
