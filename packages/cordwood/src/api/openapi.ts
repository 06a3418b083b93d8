import type { ApiContext } from './api-context.ts';
import type { Parameter, Route } from './route.ts';

/** The OpenAPI 3.1 document of the routes that exist under a configuration. */
export function describeApi(routes: readonly Route[], context: ApiContext): object {
  const prefix = context.config.server.httpPathPrefix.replace(/\/+$/, '');
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    if (route.available?.(context) === false) continue;
    for (const [i, path] of route.paths.entries()) {
      paths[prefix + path] ??= {};
      const item = paths[prefix + path]!;
      for (const method of route.methods) item[method.toLowerCase()] = operation(route, path, method, i > 0);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cordwood',
      version: context.version ?? '0.0.0',
      description: "Grafana Loki's HTTP API, and OTLP for logs, as Cordwood serves them.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        tenant: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Scope-OrgID',
          description:
            'Whose data is meant; several tenants as `a|b` where reading allows it. It is not authentication.',
        },
      },
    },
  };
}

function operation(route: Route, path: string, method: string, isOlderPath: boolean): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!);
  const described = route.parameters ?? [];
  const inPath = names.map(
    (name) =>
      described.find((one) => one.in === 'path' && one.name === name) ?? { name, in: 'path' as const, describe: name },
  );
  const asForm = method === 'POST' && route.methods.includes('GET');
  const others = described.filter((one) => one.in !== 'path');
  const inAddress = others.filter((one) => one.in === 'header' || !asForm);
  const inBody = others.filter((one) => one.in !== 'header');
  return {
    summary: route.summary,
    operationId: operationId(path, method),
    ...(isOlderPath ? { deprecated: true } : {}),
    ...(route.tenancy === 'none' ? {} : { security: [{ tenant: [] }] }),
    parameters: [...inPath, ...inAddress].map(parameterObject),
    ...(route.body !== undefined && method !== 'GET' ? { requestBody: bodyObject(route.body) } : {}),
    ...(asForm && inBody.length > 0 ? { requestBody: formObject(inBody) } : {}),
    responses: Object.fromEntries(
      Object.entries(route.answers).map(([status, description]) => [status, { description }]),
    ),
  };
}

function operationId(path: string, method: string): string {
  const name = path.replace(/[^a-zA-Z0-9]+(\w?)/g, (_all, letter: string) => letter.toUpperCase());
  return method.toLowerCase() + name;
}

function parameterObject(parameter: Parameter): object {
  const text = { type: 'string' };
  return {
    name: parameter.name,
    in: parameter.in ?? 'query',
    description: parameter.describe,
    required: parameter.in === 'path' || parameter.required === true,
    schema: parameter.repeated === true ? { type: 'array', items: text } : text,
    ...(parameter.repeated === true ? { explode: true } : {}),
  };
}

function bodyObject(body: NonNullable<Route['body']>): object {
  return {
    required: true,
    description: body.describe,
    content: Object.fromEntries(body.types.map((type) => [type, {}])),
  };
}

function formObject(parameters: readonly Parameter[]): object {
  const properties = Object.fromEntries(
    parameters.map(({ name, describe, repeated }) => [
      name,
      repeated === true
        ? { type: 'array', items: { type: 'string' }, description: describe }
        : { type: 'string', description: describe },
    ]),
  );
  return { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties } } } };
}
