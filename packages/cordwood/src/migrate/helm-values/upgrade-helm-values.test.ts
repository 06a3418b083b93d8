import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type UpgradedValues, type UpgradeValuesOptions, upgradeHelmValues } from './upgrade-helm-values.ts';

const named = 'deploymentMode: SimpleScalable\nserviceAccount: {name: loki}\n';

function upgrade(text: string, more: Partial<UpgradeValuesOptions> = {}): UpgradedValues {
  const result = upgradeHelmValues(
    { name: 'values.yaml', text },
    {
      from: [6, 55],
      to: [18, 0],
      keepDefaults: false,
      topology: undefined,
      phase: 'final',
      dependency: undefined,
      nest: undefined,
      ...more,
    },
  );
  assert.ok('upgraded' in result);
  return result.upgraded;
}

/** What becomes of values beside those that every case has. */
function becomes(name: string, text: string, expected: unknown, errors: readonly string[] = []): void {
  test(name, () => {
    const { changes, text: upgraded } = upgrade(`${named}${text}`);
    const { deploymentMode: _mode, serviceAccount: _account, ...values } = parse(upgraded);
    assert.deepEqual(values, expected);
    assert.deepEqual(
      changes.filter(({ severity }) => severity === 'error').map(({ key }) => key),
      errors,
    );
  });
}

becomes('values that need nothing', 'write: {replicas: 3}\n', { write: { replicas: 3 } });
becomes('policies of pods that Kubernetes does not have', 'rbac: {pspEnabled: false, namespaced: true}\n', {
  rbac: { namespaced: true },
});
becomes('enterprise values that are off', 'enterprise: {enabled: false}\nwrite: {replicas: 3}\n', {
  write: { replicas: 3 },
});
becomes(
  'enterprise values that are on',
  'enterprise: {enabled: true}\nwrite: {replicas: 3}\n',
  { write: { replicas: 3 } },
  ['enterprise.enabled'],
);
becomes(
  'the tenant of the canary',
  'monitoring: {selfMonitoring: {enabled: true, tenant: {name: self, password: x}}}\n',
  { lokiCanary: { tenant: { name: 'self', password: 'x' } } },
);
becomes('alerts', 'monitoring: {rules: {enabled: true, alerting: false}}\n', {
  monitoring: { rules: { enabled: true }, alerts: { enabled: false } },
});
becomes('an index gateway in memory', 'indexGateway: {persistence: {inMemory: true}}\n', {
  indexGateway: { persistence: { dataVolumeParameters: { emptyDir: { medium: 'Memory' } } } },
});
becomes('the old read target', 'read: {legacyReadTarget: false, replicas: 2}\n', { read: { replicas: 2 } });
becomes('an image with its registry', 'loki: {image: {repository: registry.example.org/mirror/loki}}\n', {
  loki: { image: { repository: 'mirror/loki', registry: 'registry.example.org' } },
});
becomes('an image without one', 'loki: {image: {repository: grafana/loki}}\n', {
  loki: { image: { repository: 'grafana/loki' } },
});
becomes(
  'policies of Cilium',
  'networkPolicy: {enabled: true, flavor: cilium}\n',
  { networkPolicy: { enabled: true } },
  ['networkPolicy.flavor'],
);
becomes('MinIO', 'minio: {enabled: true}\n', { minio: { enabled: true } }, ['minio.enabled']);
becomes('the strategy of ingesters', 'ingester: {updateStrategy: {type: OnDelete}}\n', {
  ingester: { strategy: { type: 'OnDelete' } },
});
becomes(
  "Loki's own keys in the values",
  'loki: {structuredConfig: {pattern_ingester: {metric_aggregation: {enabled: true}}}}\n',
  { loki: { structuredConfig: { limits_config: { metric_aggregation_enabled: true } } } },
);

test('the mode that was the default is written', () => {
  assert.equal(parse(upgrade('write: {replicas: 3}\n').text).deploymentMode, 'SimpleScalable');
});
test('a single binary is called Monolithic', () => {
  assert.equal(parse(upgrade('deploymentMode: SingleBinary\n').text).deploymentMode, 'Monolithic');
});
test('the name of the service account is pinned when the chart would change it', () => {
  assert.equal(parse(upgrade('write: {}\n', { from: [6, 30] }).text).serviceAccount.name, 'loki');
  assert.equal(parse(upgrade('write: {}\n', { from: [6, 55] }).text).serviceAccount, undefined);
  assert.equal(
    parse(upgrade('serviceAccount: {create: false}\n', { from: [6, 30] }).text).serviceAccount.name,
    undefined,
  );
});
test('the address of the compactor', () => {
  const { text } = upgrade('loki: {commonConfig: {compactor_address: x, path_prefix: /var/loki}}\n', { from: [6, 20] });
  assert.deepEqual(parse(text).loki.commonConfig, { path_prefix: '/var/loki' });
});

test('values of an umbrella chart are found below its dependency', () => {
  const { dependency, text } = upgrade(
    'loki:\n  loki: {auth_enabled: true}\n  rbac: {pspEnabled: true}\n  write: {replicas: 3}\n',
  );
  assert.equal(dependency, 'loki');
  assert.deepEqual(parse(text), {
    loki: { loki: { auth_enabled: true }, write: { replicas: 3 }, deploymentMode: 'SimpleScalable' },
  });
});

test('flat values can be put below a dependency', () => {
  const flat = upgrade(`# all\n${named}`).text;
  assert.deepEqual(parse(upgrade(`# all\n${named}`, { nest: 'loki' }).text), { loki: parse(flat) });
});

const scalable = `${named}loki: {storage: {type: s3}, commonConfig: {replication_factor: 3}}
write: {replicas: 3, persistence: {size: 100Gi}, resources: {requests: {cpu: 1}}}
read: {replicas: 2, autoscaling: {enabled: true, maxReplicas: 6}}
backend: {replicas: 2}
`;

test('to a monolithic deployment in three copies', () => {
  const values = parse(upgrade(scalable, { topology: 'ha-monolithic' }).text);
  assert.equal(values.deploymentMode, 'Monolithic');
  assert.deepEqual(values.singleBinary, {
    replicas: 3,
    persistence: { size: '100Gi' },
    resources: { requests: { cpu: 1 } },
  });
  assert.deepEqual([values.write.replicas, values.read.replicas, values.backend.replicas], [0, 0, 0]);
  assert.equal(values.read.autoscaling.enabled, false);
});

test('the transition keeps the old ones, and lets them hand over', () => {
  const values = parse(upgrade(scalable, { topology: 'ha-monolithic', phase: 'transition' }).text);
  assert.equal(values.deploymentMode, 'Monolithic<->SimpleScalable');
  assert.equal(values.write.replicas, 3);
  assert.deepEqual(values.loki.ingester, {
    wal: { flush_on_shutdown: true },
    lifecycler: { unregister_on_shutdown: true },
  });
  assert.equal(values.loki.extraMemberlistConfig.cluster_label, 'loki');
});

test('to components of their own', () => {
  const { changes, text } = upgrade(scalable, { topology: 'distributed' });
  const values = parse(text);
  const counts = [
    'ingester',
    'distributor',
    'querier',
    'queryFrontend',
    'queryScheduler',
    'indexGateway',
    'compactor',
    'ruler',
  ];
  assert.deepEqual(
    counts.map((name) => values[name].replicas),
    [3, 3, 6, 2, 2, 2, 1, 2],
  );
  assert.ok(changes.some(({ key, severity }) => severity === 'warning' && key === 'ingester.persistence'));
});

test('several replicas need a bucket', () => {
  const { changes } = upgrade(`${named}loki: {storage: {type: filesystem}}\n`, { topology: 'ha-monolithic' });
  assert.ok(changes.some(({ key, severity }) => severity === 'error' && key === 'loki.storage.type'));
});

test('comments stay', () => {
  assert.match(
    upgrade(`# ours\n${named}write:\n  replicas: 3 # for quorum\n`).text,
    /^# ours\n[\s\S]*replicas: 3 # for quorum/,
  );
});

test('upgraded values stay as they are', () => {
  const once = upgrade(scalable, { topology: 'ha-monolithic' }).text;
  assert.equal(upgrade(once, { from: [18, 0], topology: 'ha-monolithic' }).text, once);
});
