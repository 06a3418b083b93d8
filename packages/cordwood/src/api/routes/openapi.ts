import type { ApiContext } from '../api-context.ts';
import { describeApi } from '../openapi.ts';
import { routes } from '../registry.ts';
import type { Route } from '../route.ts';

const documents = new WeakMap<ApiContext, string>();

export const openapi: Route = {
  paths: ['/openapi.json'],
  methods: ['GET'],
  summary: 'This description, as OpenAPI 3.1.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: 'The document.' },
  handle(_request, context) {
    let body = documents.get(context);
    if (body === undefined) {
      body = `${JSON.stringify(describeApi(routes, context), undefined, 1)}\n`;
      documents.set(context, body);
    }
    return { status: 200, contentType: 'application/json', body };
  },
};
