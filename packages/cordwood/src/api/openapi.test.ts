import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from './registry.ts';
import { openTestApi } from './test/test-api.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; description: string; schema: object }[];
  readonly responses: Readonly<Record<string, { description: string }>>;
  readonly requestBody?: { content: Record<string, unknown> };
  readonly security?: readonly Record<string, unknown>[];
}
interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { securitySchemes: Record<string, unknown> };
}

const config = `
compactor: {retention_enabled: true, delete_request_store: filesystem}
server: {http_listen_address: 127.0.0.1}
`;

async function readDocument(text = config): Promise<Document> {
  await using api = await openTestApi({ config: text });
  const { status, headers, json } = await api.get('/openapi.json', {});
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^application\/json/);
  return json() as Document;
}

test('the document holds every route with every method', async () => {
  const { openapi, info, paths } = await readDocument();
  assert.match(openapi, /^3\.1\.\d+$/);
  assert.ok(info.title !== '' && info.version !== '');
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = routes.flatMap((route) =>
    route.paths.flatMap((path) => route.methods.map((method) => `${method} ${path}`)),
  );
  assert.deepEqual(described.sort(), [...new Set(served)].sort());
});

test('every operation is valid OpenAPI 3.1', async () => {
  const { paths, components } = await readDocument();
  const ids = new Set<string>();
  for (const [path, item] of Object.entries(paths)) {
    assert.match(path, /^\//);
    for (const [method, operation] of Object.entries(item)) {
      const where = `${method} ${path}`;
      assert.ok(['get', 'put', 'post', 'delete'].includes(method), where);
      assert.match(operation.operationId, /^[a-z][a-zA-Z0-9]*$/, where);
      assert.ok(!ids.has(operation.operationId), `${where}: ${operation.operationId} stands twice`);
      ids.add(operation.operationId);
      assert.ok(operation.summary.length > 3, where);

      const keys = operation.parameters.map((one) => `${one.in} ${one.name}`);
      assert.equal(new Set(keys).size, keys.length, `${where}: a parameter stands twice`);
      const inPath = operation.parameters.filter((one) => one.in === 'path');
      assert.deepEqual(
        inPath.map(({ name }) => name).sort(),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
        where,
      );
      for (const parameter of operation.parameters) {
        assert.ok(['path', 'query', 'header'].includes(parameter.in), where);
        assert.ok(parameter.description !== '' && typeof parameter.schema === 'object', where);
        if (parameter.in === 'path') assert.equal(parameter.required, true);
      }
      const codes = Object.keys(operation.responses);
      assert.ok(codes.length > 0, where);
      for (const code of codes) assert.match(code, /^[1-5]\d\d$/, where);
      for (const { description } of Object.values(operation.responses)) assert.notEqual(description, '', where);
      if (operation.requestBody !== undefined) {
        assert.ok(method !== 'get' && Object.keys(operation.requestBody.content).length > 0, where);
        for (const type of Object.keys(operation.requestBody.content))
          assert.match(type, /^[a-z]+\/[a-z0-9.+-]+$/, where);
      }
      for (const requirement of operation.security ?? []) {
        for (const scheme of Object.keys(requirement)) assert.ok(scheme in components.securitySchemes, where);
      }
    }
  }
});

test('routes that a configuration turns off are not described', async () => {
  const { paths } = await readDocument('server: {register_instrumentation: false}');
  assert.equal(paths['/metrics'], undefined);
  assert.equal(paths['/loki/api/v1/delete'], undefined);
  assert.notEqual(paths['/loki/api/v1/push'], undefined);
});

test('what is described is served: no path is answered as unknown', async () => {
  await using api = await openTestApi({ config });
  const { json } = await api.get('/openapi.json', {});
  for (const [path, item] of Object.entries((json() as Document).paths)) {
    const url = path.replaceAll(/\{\w+\}/g, 'x');
    for (const method of Object.keys(item)) {
      const answer = await api.send({
        method: method.toUpperCase() as 'GET',
        url,
        headers: { 'x-scope-orgid': 'a' },
      });
      assert.notEqual(answer.text, '404 page not found\n', `${method} ${path}`);
      assert.notEqual(answer.status, 405, `${method} ${path}`);
      assert.notEqual(answer.status, 500, `${method} ${path}: ${answer.text}`);
      assert.ok(
        String(answer.status) in item[method]!.responses,
        `${method} ${path}: ${answer.status} is not described`,
      );
    }
  }
});
