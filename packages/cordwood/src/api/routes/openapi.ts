import { describeApi } from '../openapi.ts';
import { routes } from '../registry.ts';
import type { Route } from '../route.ts';

export const openapi: Route = {
  paths: ['/openapi.json'],
  methods: ['GET'],
  summary: 'This description, as OpenAPI 3.1.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: 'The document.' },
  handle(_request, context) {
    const document = describeApi(routes, context);
    return { status: 200, contentType: 'application/json', body: `${JSON.stringify(document, undefined, 1)}\n` };
  },
};
