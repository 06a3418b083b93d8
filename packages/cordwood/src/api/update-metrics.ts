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
  metrics.queueLength.set(context.queries.running + context.queries.waiting);
  const overrides = context.overridesStatus?.();
  if (overrides !== undefined) {
    metrics.runtimeConfigSuccessful.set(overrides.lastReloadSuccessful ? 1 : 0);
    metrics.runtimeConfigHash.reset();
    if (overrides.sha256 !== '') metrics.runtimeConfigHash.set({ sha256: overrides.sha256 }, 1);
  }
  updateRulerMetrics(context);
}

function updateRulerMetrics({ ruler, metrics }: ApiContext): void {
  if (ruler === undefined) return;
  const gauges = [
    metrics.rulerRules,
    metrics.rulerInterval,
    metrics.rulerLastEvaluation,
    metrics.rulerLastDuration,
    metrics.rulerEvaluations,
    metrics.rulerFailures,
    metrics.rulerMissed,
  ];
  // Groups come and go; those that are gone must not stay in the list.
  for (const gauge of gauges) gauge.reset();
  for (const group of ruler.allGroups()) {
    const labels = { user: group.tenant, rule_group: `${group.namespace};${group.name}` };
    metrics.rulerRules.set(labels, group.rules.length);
    metrics.rulerInterval.set(labels, group.intervalMs / 1000);
    metrics.rulerLastEvaluation.set(labels, (group.lastEvaluationMs ?? 0) / 1000);
    metrics.rulerLastDuration.set(labels, group.evaluationSeconds);
    metrics.rulerEvaluations.set(labels, group.evaluations);
    metrics.rulerFailures.set(labels, group.failures);
    metrics.rulerMissed.set(labels, group.missedIterations);
  }
}
