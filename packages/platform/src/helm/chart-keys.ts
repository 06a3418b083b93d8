/**
 * Which values the Loki charts know. Their own schemas let every unknown key pass (`gatway:`, `write.replica`, `loki.limit_config`
 * render without a word), so a misspelt key is silently without effect. This tree is what makes it an error.
 *
 * `free` is a subtree that goes into `loki.yaml` or a Kubernetes object as it is: its keys are checked by the reader of
 * `loki.yaml`, or by the schema of the object.
 */
import { closest } from '@cordwood/alloy';
import type { Chart } from '../platform.ts';
import type { Values } from './loki-values.ts';

type KeyTree = { readonly [key: string]: KeyTree | 'free' | 'leaf' };

const image: KeyTree = { registry: 'leaf', repository: 'leaf', tag: 'leaf', digest: 'leaf', pullPolicy: 'leaf' };

const pod: KeyTree = {
  affinity: 'free',
  annotations: 'free',
  command: 'leaf',
  dnsConfig: 'free',
  extraArgs: 'free',
  extraContainers: 'free',
  extraEnv: 'free',
  extraEnvFrom: 'free',
  extraVolumeMounts: 'free',
  extraVolumes: 'free',
  hostAliases: 'free',
  hostUsers: 'leaf',
  image,
  initContainers: 'free',
  lifecycle: 'free',
  livenessProbe: 'free',
  nodeSelector: 'free',
  podAnnotations: 'free',
  podLabels: 'free',
  priorityClassName: 'leaf',
  readinessProbe: 'free',
  resources: 'free',
  selectorLabels: 'free',
  service: 'free',
  startupProbe: 'free',
  terminationGracePeriodSeconds: 'leaf',
  tolerations: 'free',
  topologySpreadConstraints: 'free',
  updateStrategy: 'free',
};

const persistence: KeyTree = {
  accessModes: 'free',
  annotations: 'free',
  dataVolumeParameters: 'free',
  enableStatefulSetAutoDeletePVC: 'leaf',
  enabled: 'leaf',
  labels: 'free',
  selector: 'free',
  size: 'leaf',
  storageClass: 'leaf',
  volumeAttributesClassName: 'leaf',
  volumeClaimsEnabled: 'leaf',
  whenDeleted: 'leaf',
  whenScaled: 'leaf',
};

const autoscaling: KeyTree = {
  behavior: 'free',
  customMetrics: 'free',
  enabled: 'leaf',
  maxReplicas: 'leaf',
  minReplicas: 'leaf',
  targetCPUUtilizationPercentage: 'leaf',
  targetMemoryUtilizationPercentage: 'leaf',
};

const workload: KeyTree = { ...pod, autoscaling, maxUnavailable: 'leaf', replicas: 'leaf', targetModule: 'leaf' };
const stateful: KeyTree = {
  ...workload,
  extraVolumeClaimTemplates: 'free',
  persistence,
  podManagementPolicy: 'leaf',
};
const distributedWorkload: KeyTree = {
  ...stateful,
  appProtocol: 'free',
  maxSurge: 'leaf',
  maxUnavailable: 'leaf',
  serviceAnnotations: 'free',
  serviceLabels: 'free',
  trafficDistribution: 'leaf',
};

const lokiKeys: KeyTree = {
  analytics: 'free',
  annotations: 'free',
  auth_enabled: 'leaf',
  bloom_build: 'free',
  bloom_gateway: 'free',
  block_builder: 'free',
  commonConfig: 'free',
  compactor: 'free',
  compactor_client: 'free',
  config: 'leaf',
  configObjectName: 'leaf',
  configStorageType: 'leaf',
  containerSecurityContext: 'free',
  distributor: 'free',
  enableServiceLinks: 'leaf',
  existingSecretForConfig: 'leaf',
  extraMemberlistConfig: 'free',
  frontend: 'free',
  frontend_worker: 'free',
  fullnameOverride: 'leaf',
  generatedConfigObjectName: 'leaf',
  image,
  index_gateway: 'free',
  ingester: 'free',
  ingester_client: 'free',
  limits_config: 'free',
  livenessProbe: 'free',
  memberlistConfig: 'free',
  memcached: 'free',
  operational_config: 'free',
  pattern_ingester: 'free',
  podAnnotations: 'free',
  podLabels: 'free',
  podSecurityContext: 'free',
  querier: 'free',
  query_range: 'free',
  query_scheduler: 'free',
  readinessProbe: 'free',
  revisionHistoryLimit: 'leaf',
  rulerConfig: 'free',
  runtimeConfig: 'free',
  schemaConfig: 'free',
  server: 'free',
  serviceAnnotations: 'free',
  serviceLabels: 'free',
  storage: {
    azure: 'free',
    bucketNames: { admin: 'leaf', chunks: 'leaf', ruler: 'leaf' },
    filesystem: 'free',
    gcs: 'free',
    object_store: { azure: 'free', gcs: 'free', s3: 'free', storage_prefix: 'leaf', type: 'leaf' },
    s3: 'free',
    swift: 'free',
    type: 'leaf',
    use_thanos_objstore: 'leaf',
  },
  storage_config: 'free',
  structuredConfig: 'free',
  tenants: 'free',
  testSchemaConfig: 'free',
  tracing: 'free',
  ui: 'free',
  useTestSchema: 'leaf',
};

const cache: KeyTree = {
  ...pod,
  addresses: 'leaf',
  allocatedMemory: 'leaf',
  batchSize: 'leaf',
  connectionLimit: 'leaf',
  defaultValidity: 'leaf',
  enabled: 'leaf',
  extraExtendedOptions: 'leaf',
  maxItemMemory: 'leaf',
  maxUnavailable: 'leaf',
  parallelism: 'leaf',
  persistence: { enabled: 'leaf', labels: 'free', mountPath: 'leaf', storageClass: 'leaf', storageSize: 'leaf' },
  podDisruptionBudget: 'free',
  podManagementPolicy: 'leaf',
  port: 'leaf',
  replicas: 'leaf',
  statefulStrategy: 'free',
  timeout: 'leaf',
  writebackBuffer: 'leaf',
  writebackParallelism: 'leaf',
  writebackSizeLimit: 'leaf',
};

const gateway: KeyTree = {
  ...workload,
  basicAuth: { enabled: 'leaf', existingSecret: 'leaf', htpasswd: 'leaf', password: 'leaf', username: 'leaf' },
  containerPort: 'leaf',
  containerSecurityContext: 'free',
  deploymentStrategy: 'free',
  enabled: 'leaf',
  ingress: 'free',
  metrics: 'free',
  nginxConfig: {
    clientMaxBodySize: 'leaf',
    customBackendUrl: 'leaf',
    customReadUrl: 'leaf',
    customWriteUrl: 'leaf',
    enableIPv6: 'leaf',
    file: 'leaf',
    httpSnippet: 'leaf',
    locationSnippet: 'leaf',
    logFormat: 'leaf',
    resolver: 'leaf',
    schema: 'leaf',
    serverSnippet: 'leaf',
    ssl: 'leaf',
  },
  podDisruptionBudget: 'free',
  podSecurityContext: 'free',
  readinessProbe: 'free',
  verboseLogging: 'leaf',
};

const canary: KeyTree = {
  ...pod,
  enabled: 'leaf',
  kind: 'leaf',
  labelname: 'leaf',
  lokiurl: 'leaf',
  push: 'leaf',
  updateStrategy: 'free',
};

/** Values that both lines know. */
const common: KeyTree = {
  deploymentMode: 'leaf',
  extraObjects: 'free',
  fullnameOverride: 'leaf',
  gateway,
  global: 'free',
  imagePullSecrets: 'free',
  ingress: 'free',
  kubectlImage: image,
  clusterLabelOverride: 'leaf',
  kubeVersionOverride: 'leaf',
  overridesExporter: 'free',
  patternIngester: 'free',
  bloomBuilder: 'free',
  bloomGateway: 'free',
  bloomPlanner: 'free',
  rollout_operator: 'free',
  tableManager: 'free',
  loki: lokiKeys,
  lokiCanary: canary,
  memberlist: 'free',
  memcached: 'free',
  memcachedExporter: 'free',
  migrate: 'free',
  minio: 'free',
  nameOverride: 'leaf',
  networkPolicy: 'free',
  rbac: {
    namespaced: 'leaf',
    pspEnabled: 'leaf',
    pspAnnotations: 'free',
    sccAllowHostDirVolumePlugin: 'leaf',
    sccEnabled: 'leaf',
  },
  read: { ...stateful, legacyReadTarget: 'leaf' },
  write: stateful,
  backend: stateful,
  singleBinary: stateful,
  chunksCache: cache,
  resultsCache: cache,
  serviceAccount: {
    annotations: 'free',
    automountServiceAccountToken: 'leaf',
    create: 'leaf',
    imagePullSecrets: 'free',
    labels: 'free',
    name: 'leaf',
  },
  sidecar: 'free',
  test: {
    annotations: 'free',
    canaryServiceAddress: 'leaf',
    enabled: 'leaf',
    image,
    labels: 'free',
    prometheusAddress: 'leaf',
    timeout: 'leaf',
  },
  distributor: distributedWorkload,
  ingester: { ...distributedWorkload, zoneAwareReplication: 'free' },
  querier: distributedWorkload,
  queryFrontend: distributedWorkload,
  queryScheduler: distributedWorkload,
  indexGateway: distributedWorkload,
  compactor: distributedWorkload,
  ruler: { ...distributedWorkload, directories: 'free', enabled: 'leaf' },
};

const lines: Readonly<Record<Chart['line'], KeyTree>> = {
  'grafana-6': {
    ...common,
    adminApi: 'free',
    enterprise: 'free',
    enterpriseGateway: 'free',
    monitoring: {
      dashboards: 'free',
      rules: {
        additionalGroups: 'free',
        additionalRuleLabels: 'free',
        alerting: 'leaf',
        annotations: 'free',
        disabled: 'free',
        enabled: 'leaf',
        labels: 'free',
        namespace: 'leaf',
      },
      selfMonitoring: {
        enabled: 'leaf',
        grafanaAgent: 'free',
        logsInstance: 'free',
        podLogs: 'free',
        tenant: { name: 'leaf', password: 'leaf', secretNamespace: 'leaf' },
      },
      serviceMonitor: 'free',
    },
  },
  community: {
    ...common,
    commonLabels: 'free',
    defaults: 'free',
    ignoreMinioDeprecation: 'leaf',
    lokiCanary: { ...canary, tenant: { name: 'leaf', password: 'leaf', secretNamespace: 'leaf' } },
    monitoring: {
      alerts: 'free',
      appInstanceLabelName: 'leaf',
      appInstanceLabelValue: 'leaf',
      dashboards: 'free',
      multiCluster: 'free',
      rules: 'free',
      serviceMonitor: 'free',
    },
  },
};

/** Values that the chart does not know, each with its path and the nearest name that it does know. */
export function unknownValues(values: Values, line: Chart['line']): { path: string; suggestion: string | undefined }[] {
  return walk(values, lines[line], []);
}

function walk(
  values: Values,
  tree: KeyTree,
  path: readonly string[],
): { path: string; suggestion: string | undefined }[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const known = tree[key];
    const here = [...path, key];
    if (known === undefined) return [{ path: here.join('.'), suggestion: closest(key, Object.keys(tree)) }];
    if (typeof known === 'string' || typeof value !== 'object' || value === null) return [];
    return walk(value as Values, known, here);
  });
}
