import type { ApiContext } from './api-context.ts';
import { lokiVersion } from './routes/buildinfo.ts';

/** Sets the metrics that are states, not events: called when they are asked for. */
export function updateMetrics(context: ApiContext): void {
  const { metrics } = context;
  metrics.buildInfo.set(
    {
      version: lokiVersion,
      revision: '',
      branch: `cordwood-${context.version ?? '0.0.0'}`,
      goversion: `node ${process.versions.node}`,
      goos: process.platform,
      goarch: process.arch,
      tags: '',
    },
    1,
  );
  metrics.heapInUse.set(process.memoryUsage().heapUsed);
  const { queries } = context;
  metrics.queriesInside.set(queries.running + queries.waiting);
  metrics.workerInflight.set(queries.running);
  metrics.workerConcurrency.set(queries.runningMax);
  metrics.queueLength.reset();
  for (const [user, count] of queries.waitingByTenant()) metrics.queueLength.set({ user }, count);
  metrics.replicationFactor.set(1);
  const overrides = context.overridesStatus?.();
  if (overrides !== undefined) {
    metrics.runtimeConfigSuccessful.set(overrides.lastReloadSuccessful ? 1 : 0);
    metrics.runtimeConfigHash.reset();
    if (overrides.sha256 !== '') metrics.runtimeConfigHash.set({ sha256: overrides.sha256 }, 1);
  }
}
