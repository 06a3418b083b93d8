import type { Route } from '../route.ts';
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
    return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
  },
};
