import type { ComponentName, Resources } from './platform-definition.ts';
import type { Cpu, Quantity } from './units.ts';

const of = (cpu: Cpu, memory: Quantity, memoryMax: Quantity): Resources => ({
  requests: { cpu, memory },
  limits: { memory: memoryMax },
});

/** Enough for a small environment. The charts set none at all, and pods without requests are the first to be evicted (trap T33). */
export const defaultResources: Readonly<Record<ComponentName, Resources>> = {
  write: of('200m', '512Mi', '1Gi'),
  read: of('200m', '512Mi', '1Gi'),
  backend: of('200m', '512Mi', '1Gi'),
  gateway: of('50m', '64Mi', '128Mi'),
  singleBinary: of('500m', '1Gi', '2Gi'),
  distributor: of('200m', '256Mi', '512Mi'),
  ingester: of('200m', '512Mi', '1Gi'),
  querier: of('200m', '512Mi', '1Gi'),
  queryFrontend: of('100m', '256Mi', '512Mi'),
  queryScheduler: of('50m', '64Mi', '128Mi'),
  indexGateway: of('100m', '256Mi', '512Mi'),
  compactor: of('200m', '512Mi', '1Gi'),
  ruler: of('100m', '256Mi', '512Mi'),
  chunksCache: of('100m', '640Mi', '768Mi'),
  resultsCache: of('100m', '320Mi', '384Mi'),
  canary: of('20m', '64Mi', '128Mi'),
  alloy: of('100m', '256Mi', '768Mi'),
};
