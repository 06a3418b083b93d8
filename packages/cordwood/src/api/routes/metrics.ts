import { deleteMetrics } from '../deletes/delete-metrics.ts';
import { metricsText } from '../metrics-text.ts';
import type { Route } from '../route.ts';
import { rulerMetrics } from '../ruler-metrics.ts';
import { updateMetrics } from '../update-metrics.ts';

export const metrics: Route = {
  paths: ['/metrics'],
  methods: ['GET'],
  summary: 'Prometheus metrics under the names of Loki.',
  tenancy: 'none',
  refusals: 'line',
  available: ({ config }) => config.server.registerInstrumentation,
  answers: { 200: 'Text format of Prometheus.' },
  async handle(_request, context) {
    updateMetrics(context);
    const { registry } = context.metrics;
    // The api counts what came in, the store what it took: where both have a name, what came in is Loki's meaning.
    const ofStore = context.store.metrics().filter(({ name }) => registry.getSingleMetric(name) === undefined);
    const { ruler, deletes, deleteProcessing, clock } = context;
    const ofOthers = [
      ...ofStore,
      ...(ruler === undefined ? [] : rulerMetrics(ruler.allGroups())),
      ...(deletes === undefined ? [] : deleteMetrics(deletes, Number(clock.nowNs() / 1_000_000n))),
      ...(deleteProcessing?.metrics() ?? []),
    ];
    const body = (await registry.metrics()) + metricsText(ofOthers);
    return { status: 200, contentType: registry.contentType, body };
  },
};
