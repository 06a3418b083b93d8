/** What the chart `loki` changed in its values between 6 (grafana.github.io) and 18 (grafana-community). Data. */
import type { RulePack, SpecialChange } from '../settings-file/rule-pack.ts';

export const chartPacks: readonly RulePack[] = [
  {
    version: [6, 35],
    removed: {
      'loki.commonConfig.compactor_address':
        'the compactor is reached over gRPC; the chart writes compactor_grpc_address',
    },
    moved: {},
    defaults: [],
    behaviour: [],
  },
  {
    version: [6, 46],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [pinServiceAccount()],
  },
  {
    version: [7, 0],
    removed: {
      'rbac.pspEnabled': 'Kubernetes has no PodSecurityPolicy any more',
      'rbac.pspAnnotations': 'Kubernetes has no PodSecurityPolicy any more',
    },
    moved: {},
    defaults: [],
    behaviour: [
      'the chart moved: oci://ghcr.io/grafana-community/helm-charts/loki; what is called grafana/loki from 7 on is another product',
      'Kubernetes 1.25 or newer',
    ],
  },
  {
    version: [8, 0],
    removed: {
      enterprise: 'the community chart does not have it',
      enterpriseGateway: 'the community chart does not have it',
      adminApi: 'the community chart does not have it',
    },
    moved: {},
    defaults: [],
    behaviour: [],
    special: [refuseEnterprise()],
  },
  {
    version: [9, 0],
    removed: {
      'monitoring.selfMonitoring': 'the operator of the Grafana Agent is gone',
      'grafana-agent-operator': 'the operator of the Grafana Agent is gone',
    },
    moved: {
      'monitoring.selfMonitoring.tenant.name': { to: 'lokiCanary.tenant.name', why: 'the canary has its own tenant' },
      'monitoring.selfMonitoring.tenant.password': {
        to: 'lokiCanary.tenant.password',
        why: 'the canary has its own tenant',
      },
    },
    defaults: [],
    behaviour: [],
  },
  {
    version: [10, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [indexGatewayInMemory()],
  },
  {
    version: [11, 0],
    removed: { 'read.legacyReadTarget': 'a simple scalable deployment always has a backend' },
    moved: {},
    defaults: [],
    behaviour: [],
  },
  {
    version: [12, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [nameDeploymentMode()],
  },
  {
    version: [13, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [
      'settings of volumes that do not stay are flat: compare persistence of each component with values.yaml',
    ],
  },
  {
    version: [14, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [imageRegistries()],
  },
  {
    version: [15, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [refuseCilium()],
  },
  {
    version: [16, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [
      'pods of the canary take nothing from the values of Loki: set annotations and tolerations in lokiCanary',
    ],
  },
  {
    version: [17, 0],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: [],
    special: [refuseMinio()],
  },
  {
    version: [18, 0],
    removed: {},
    moved: {
      'monitoring.rules.alerting': { to: 'monitoring.alerts.enabled', why: 'alerts and recording rules are apart' },
      'ingester.updateStrategy': { to: 'ingester.strategy', why: 'renamed' },
    },
    defaults: [
      {
        key: 'loki.server.grpc_server_max_recv_msg_size',
        before: 4_194_304,
        after: 104_857_600,
        effect: 'larger answers of one component to another are taken',
      },
      {
        key: 'gateway.metrics.enabled',
        before: false,
        after: true,
        effect: 'every gateway pod has a second container that exports its access log as metrics',
      },
    ],
    behaviour: [
      'metrics and dashboards: the label cluster is app_instance; recording rules and dashboards come from the mixin',
      'gateway and memcached run under service accounts of their own, without the role of S3',
      'memberlist.abort_if_cluster_join_fails is true: a pod that finds nobody ends',
    ],
  },
];

/** From 6.46 on the name comes from the release, and a role that trusts the old one is not given any more. */
function pinServiceAccount(): SpecialChange {
  return {
    name: 'serviceAccount.name',
    apply(file, report) {
      const key = ['serviceAccount', 'name'];
      if (file.has(key) || file.get(['serviceAccount', 'create']) === false) return;
      file.set(key, 'loki', 'the name until chart 6.46: roles of the cloud (IRSA) trust it');
      report({
        severity: 'change',
        key: 'serviceAccount.name',
        before: 'loki (default)',
        after: 'loki',
        why: 'the default is derived from the release now; the role that trusts the old name would be refused',
      });
    },
  };
}

function refuseEnterprise(): SpecialChange {
  return {
    name: 'enterprise',
    apply(file, report) {
      if (file.get(['enterprise', 'enabled']) !== true) return;
      report({
        severity: 'error',
        key: 'enterprise.enabled',
        before: 'true',
        after: undefined,
        why: 'this is Grafana Enterprise Logs: it stays on the chart grafana/loki',
      });
    },
  };
}

function indexGatewayInMemory(): SpecialChange {
  return {
    name: 'indexGateway.persistence.inMemory',
    apply(file, report) {
      const key = ['indexGateway', 'persistence', 'inMemory'];
      if (!file.has(key)) return;
      const on = file.get(key) === true;
      file.remove(key);
      const after = { emptyDir: { medium: 'Memory' } };
      if (on) file.set(['indexGateway', 'persistence', 'dataVolumeParameters'], after);
      report({
        severity: 'change',
        key: key.join('.'),
        before: String(on),
        after: on ? `dataVolumeParameters: ${JSON.stringify(after)}` : undefined,
        why: 'any kind of volume can be given',
      });
    },
  };
}

/** The default mode became Monolithic: a file that does not say would lose its write, read and backend. */
function nameDeploymentMode(): SpecialChange {
  return {
    name: 'deploymentMode',
    apply(file, report) {
      const key = ['deploymentMode'];
      const mode = file.get(key);
      if (mode === undefined) {
        file.set(key, 'SimpleScalable', 'written out because the default changed in chart 12');
        report({
          severity: 'change',
          key: 'deploymentMode',
          before: 'SimpleScalable (default)',
          after: 'SimpleScalable',
          why: 'the default is Monolithic now: write, read and backend would be removed',
        });
      } else if (String(mode).includes('SingleBinary')) {
        const renamed = String(mode).replace('SingleBinary', 'Monolithic');
        file.set(key, renamed);
        report({ severity: 'change', key: 'deploymentMode', before: String(mode), after: renamed, why: 'renamed' });
      }
    },
  };
}

/** A registry stands before every repository now, also before one that names its own. */
function imageRegistries(): SpecialChange {
  return {
    name: 'image.registry',
    apply(file, report) {
      for (const path of [...file.find('*.image.repository'), ...file.find('*.*.image.repository')]) {
        const [host, ...rest] = file.text(path).split('/');
        const registry = [...path.slice(0, -1), 'registry'];
        if (!/[.:]/.test(host!) || rest.length === 0 || file.has(registry)) continue;
        const before = file.text(path);
        file.set(registry, host);
        file.set(path, rest.join('/'));
        report({
          severity: 'change',
          key: path.join('.'),
          before,
          after: `registry: ${host}, repository: ${rest.join('/')}`,
          why: 'the registry is put before every repository',
        });
      }
    },
  };
}

function refuseCilium(): SpecialChange {
  return {
    name: 'networkPolicy.flavor',
    apply(file, report) {
      const key = ['networkPolicy', 'flavor'];
      if (!file.has(key)) return;
      const flavor = file.text(key);
      file.remove(key);
      report({
        severity: flavor === 'cilium' ? 'error' : 'change',
        key: key.join('.'),
        before: flavor,
        after: undefined,
        why: 'the chart writes policies of Kubernetes only; those of Cilium must be your own',
      });
    },
  };
}

function refuseMinio(): SpecialChange {
  return {
    name: 'minio.enabled',
    apply(file, report) {
      if (file.get(['minio', 'enabled']) !== true || file.get(['ignoreMinioDeprecation']) === true) return;
      report({
        severity: 'error',
        key: 'minio.enabled',
        before: 'true',
        after: undefined,
        why: 'the chart does not render with it: run an object store of your own, or set ignoreMinioDeprecation for the time being',
      });
    },
  };
}
