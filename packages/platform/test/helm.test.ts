import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import greenlang from '../../../greenlang/platform.ts';
import { parseLokiConfig } from '../../cordwood/src/config/loki-config.ts';
import { definePlatform } from '../src/define-platform.ts';
import { unknownValues } from '../src/helm/chart-keys.ts';
import { mergeValues } from '../src/helm/layer-values.ts';
import { lokiValues, type Values } from '../src/helm/loki-values.ts';
import { objectProblems } from '../src/kubernetes/object-problems.ts';
import { alloyLabels } from '../src/network/workload.ts';
import { clusters, environmentNamed, type Platform } from '../src/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { findHelm } from './helm.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';

const artifacts = renderPlatform(greenlang);
const text = (path: string) => artifacts.find((artifact) => artifact.path === path)?.text ?? assert.fail(`no ${path}`);
const values = (path: string) => parse(text(path)) as Values;
const topologies = (['simple-scalable', 'ha-monolithic', 'distributed'] as const).map(
  (topology) => [topology, definePlatform({ ...greenlang.definition, topology })] as const,
);

test('values.yaml and an overlay, merged as Helm does it, are the values of the environment', () => {
  for (const environment of clusters(greenlang)) {
    const merged = mergeValues(values('helm/loki/values.yaml'), values(`helm/loki/values-${environment.name}.yaml`));
    assert.deepEqual(merged, parse(JSON.stringify({ loki: lokiValues(greenlang, environment) })));
  }
});

test('the overlay table of TR-001 stands in the overlays', () => {
  const row = (name: string) => {
    // biome-ignore lint/suspicious/noExplicitAny: a missing value fails the comparison below
    const all = mergeValues(values('helm/loki/values.yaml'), values(`helm/loki/values-${name}.yaml`)) as any;
    const { loki } = all;
    const { autoscaling, replicas } = loki.read;
    return [
      loki.write.replicas,
      autoscaling.enabled ? `${autoscaling.minReplicas}-${autoscaling.maxReplicas}` : replicas,
      loki.backend.replicas,
      loki.gateway.replicas,
      loki.loki.storage.object_store.s3.endpoint.replace(/:.*/, ''),
      loki.loki.auth_enabled,
      loki.loki.limits_config.ingestion_rate_mb,
      loki.loki.limits_config.retention_period,
    ];
  };
  assert.deepEqual(row('dev'), [1, 1, 1, 1, 'objectstore.objectstore.svc.cluster.local', false, 5, '72h']);
  assert.deepEqual(row('staging'), [2, 2, 1, 1, 's3.eu-central-1.amazonaws.com', true, 10, '168h']);
  assert.deepEqual(row('prod'), [3, '2-6', 2, 2, 's3.eu-central-1.amazonaws.com', true, 20, '720h']);
});

for (const [topology, platform] of topologies)
  for (const environment of clusters(platform))
    test(`${topology}, ${environment.name}: every value is one that the chart knows, every setting one that Loki knows`, () => {
      const flat = lokiValues(platform, environment);
      assert.deepEqual(unknownValues(flat, environment.chart.line), []);
      assert.deepEqual(lokiProblems(flat), []);
    });

/** The parts of the values that the chart copies into loki.yaml, through the reader of loki.yaml. */
function lokiProblems(flat: Values): string[] {
  const loki = flat['loki'] as Record<string, unknown>;
  const { storage, schemaConfig, rulerConfig, runtimeConfig: _, commonConfig, extraMemberlistConfig, ...same } = loki;
  const config = {
    ...same,
    common: commonConfig,
    memberlist: extraMemberlistConfig,
    schema_config: schemaConfig,
    ruler: rulerConfig,
    storage_config: { use_thanos_objstore: true, object_store: (storage as Values)['object_store'] },
  };
  return parseLokiConfig(JSON.stringify(config), { file: 'values' })
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

test('a misspelt or misplaced value is found, with the name that was meant', () => {
  const flat = lokiValues(greenlang, environmentNamed(greenlang, 'prod')!);
  const { gateway, ...others } = flat;
  const wrong = {
    ...others,
    gatway: gateway,
    write: { replica: 3 },
    loki: { limit_config: {}, ingester: { anything: 1 } },
  };
  assert.deepEqual(
    unknownValues(wrong, 'grafana-6').map(({ path, suggestion }) => `${path}: ${suggestion}`),
    ['loki.limit_config: limits_config', 'write.replica: replicas', 'gatway: gateway'],
  );
  // In the umbrella everything is one level deeper.
  assert.deepEqual(
    unknownValues({ auth_enabled: true }, 'grafana-6').map(({ path }) => path),
    ['auth_enabled'],
  );
});

const helm = findHelm();
describe('helm', {
  skip: helm === undefined ? 'skipped: needs helm (node packages/platform/test/helm.ts)' : false,
}, () => {
  const inFolder = async (platform: Platform, run: (folder: string) => Promise<void>) => {
    await using folder = await renderedFolder(renderPlatform(platform).filter(({ path }) => path.startsWith('helm/')));
    await run(folder.path);
  };
  const template = async (cwd: string, name: string, ...more: string[]) => {
    const args = ['template', 'alloy', '.', '-n', 'log-collection', '-f', 'values.yaml', '-f', `values-${name}.yaml`];
    const { code, text: out } = await runProgram(helm!, [...args, ...more], { cwd });
    assert.equal(code, 0, out);
    // biome-ignore lint/suspicious/noExplicitAny: objects of several kinds, each checked by its schema
    return parseAllDocuments(out).map((document) => document.toJS() as Record<string, any>);
  };

  test('alloy: lint, and the objects of every environment, each valid to the last field', async () => {
    await inFolder(greenlang, async (folder) => {
      const cwd = join(folder, 'helm/alloy');
      for (const { name } of clusters(greenlang)) {
        const lint = await runProgram(
          helm!,
          ['lint', '--strict', '.', '-f', 'values.yaml', '-f', `values-${name}.yaml`],
          { cwd },
        );
        assert.equal(lint.code, 0, lint.text);
        const objects = await template(cwd, name);
        assert.deepEqual(objects.map(({ kind }) => kind).sort(), [
          'ClusterRole',
          'ClusterRoleBinding',
          'ConfigMap',
          'DaemonSet',
          'Service',
          'ServiceAccount',
        ]);
        assert.deepEqual(objects.flatMap(objectProblems), []);
        const configMap = objects.find(({ kind }) => kind === 'ConfigMap')!;
        assert.equal(`${configMap['data']['config.alloy'].trimEnd()}\n`, text(`helm/alloy/files/${name}.alloy`));
      }
    });
  });

  test('alloy: the pods are hardened, keep their positions on the node and are those that policies and monitors select', async () => {
    await inFolder(greenlang, async (folder) => {
      const objects = await template(join(folder, 'helm/alloy'), 'prod');
      const { spec } = objects.find(({ kind }) => kind === 'DaemonSet')!;
      const pod = spec.template.spec;
      const [container] = pod.containers;
      assert.deepEqual(spec.template.metadata.labels, alloyLabels(greenlang));
      assert.deepEqual(container.securityContext, {
        privileged: false,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
      assert.deepEqual(pod.tolerations, [{ operator: 'Exists' }]);
      const writable = container.volumeMounts.filter((mount: Values) => mount['readOnly'] !== true);
      assert.deepEqual(
        writable.map((mount: Values) => mount['mountPath']),
        ['/var/lib/alloy', '/tmp'],
      );
      const storage = pod.volumes.find(({ name }: Values) => name === 'storage');
      assert.deepEqual(storage.hostPath, { path: '/var/lib/alloy', type: 'DirectoryOrCreate' });
      assert.ok(container.args.includes('--storage.path=/var/lib/alloy/data'));
      assert.deepEqual(
        container.ports.map((port: Values) => port['containerPort']),
        [12345, 4317, 4318],
      );
    });
  });

  test('alloy: custom patterns of the values become stages of the redaction', async () => {
    await inFolder(greenlang, async (folder) => {
      const pattern = { name: 'plot', expression: 'plot "([0-9]+)"', tag: '[REDACTED_PLOT]' };
      const objects = await template(
        join(folder, 'helm/alloy'),
        'prod',
        '--set-json',
        `redaction.customPatterns=${JSON.stringify([pattern])}`,
      );
      const { data } = objects.find(({ kind }) => kind === 'ConfigMap')!;
      const redaction = data['config.alloy'].slice(data['config.alloy'].indexOf('loki.process "redact"'));
      assert.match(
        redaction.slice(0, redaction.indexOf('loki.process "schema"')),
        /expression = "plot \\"\(\[0-9\]\+\)\\""\n\t\treplace {4}= "\[REDACTED_PLOT\]"/,
      );
    });
  });

  test('loki: the lock is what Helm expects', async () => {
    for (const [, platform] of topologies)
      await inFolder(platform, async (folder) => {
        const { text: out } = await runProgram(helm!, ['dependency', 'build', '.', '--skip-refresh'], {
          cwd: join(folder, 'helm/loki'),
          env: { HTTPS_PROXY: 'http://127.0.0.1:9', HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder },
        });
        assert.doesNotMatch(out, /out of sync/);
      });
  });

  test('loki: the umbrella is a chart (its dependency is not here, so it is left out)', async () => {
    const stripped = renderPlatform(greenlang)
      .filter(({ path }) => path.startsWith('helm/loki/') && !path.endsWith('Chart.lock'))
      .map((artifact) =>
        artifact.path.endsWith('Chart.yaml')
          ? { ...artifact, text: artifact.text.replace(/\ndependencies:[\s\S]*/, '\n') }
          : artifact,
      );
    await using folder = await renderedFolder(stripped);
    for (const { name } of clusters(greenlang)) {
      const { code, text: out } = await runProgram(
        helm!,
        ['lint', '.', '-f', 'values.yaml', '-f', `values-${name}.yaml`],
        {
          cwd: join(folder.path, 'helm/loki'),
        },
      );
      assert.equal(code, 0, out);
    }
  });
});
