/**
 * Values of the Loki chart for an environment, in the chart's own ("flat") form. `helm/loki` is an umbrella chart, so they stand
 * one level deeper there, under the name of the dependency.
 *
 * The names are those of the community chart 18; grafana/loki 6.55 takes the same but where `line` says otherwise.
 */
import { gatewayConfig } from '../gateway/gateway-config.ts';
import { lokiSections } from '../loki/loki-sections.ts';
import { runtimeOverrides } from '../loki/runtime-overrides.ts';
import { type Environment, type Platform, type User, usersOf } from '../platform.ts';
import type { ComponentName, DistributedComponent } from '../platform-definition.ts';
import { quantityBytes } from '../units.ts';

export interface Values {
  readonly [key: string]: unknown;
}

const deploymentModes = {
  'simple-scalable': 'SimpleScalable',
  'ha-monolithic': 'Monolithic',
  distributed: 'Distributed',
} as const;

export function lokiValues(platform: Platform, environment: Environment): Values {
  const canary = usersOf(platform, environment).find(({ role }) => role === 'canary');
  return {
    deploymentMode: deploymentModes[environment.topology],
    loki: lokiBlock(platform, environment),
    serviceAccount: {
      create: true,
      // Pinned: the chart's default changed once and silently broke every IAM trust policy.
      name: platform.names.lokiServiceAccount,
      ...(environment.objectStore.kind === 's3'
        ? { annotations: { 'eks.amazonaws.com/role-arn': environment.lokiRoleArn } }
        : {}),
    },
    rbac: { namespaced: true },
    ...componentValues(environment),
    gateway: gatewayValues(platform, environment),
    ruler: { enabled: true },
    ...cacheValues(environment),
    ...canaryValues(platform, environment, canary),
    // kubernetes/loki/ has them: two owners would scrape and filter everything twice.
    monitoring: {
      serviceMonitor: { enabled: false },
      dashboards: { enabled: false },
      rules: { enabled: false },
      ...(environment.chart.line === 'community'
        ? { alerts: { enabled: false } }
        : {
            selfMonitoring: {
              enabled: false,
              grafanaAgent: { installOperator: false },
              ...(canary === undefined ? {} : { tenant: canaryTenant(canary.name) }),
            },
          }),
    },
    networkPolicy: { enabled: false },
    // Rules are in the object store; the sidecar would read every Secret of the cluster.
    sidecar: { rules: { enabled: false } },
    minio: { enabled: false },
  };
}

function lokiBlock(platform: Platform, environment: Environment): Values {
  const sections = lokiSections(platform, environment);
  const thanos = platform.storage.client === 'thanos';
  return {
    auth_enabled: sections.auth_enabled,
    commonConfig: {
      path_prefix: '/var/loki',
      replication_factor: environment.replicationFactor,
      ring: { kvstore: { store: 'memberlist' } },
    },
    // Without it the rings of two Lokis in one cluster can merge (old and new side by side, or with Tempo).
    extraMemberlistConfig: { cluster_label: `${platform.name}-loki-${environment.name}` },
    storage: storageValues(environment, thanos),
    schemaConfig: sections.schema_config,
    ingester: { ...sections.ingester, wal: walValues(environment) },
    limits_config: sections.limits_config,
    runtimeConfig: { overrides: runtimeOverrides(platform, environment) },
    compactor: { ...sections.compactor, working_directory: '/var/loki/compactor' },
    querier: sections.querier,
    frontend: sections.frontend,
    query_range: sections.query_range,
    rulerConfig: rulerValues(platform, environment),
    analytics: sections.analytics,
    server: {
      http_listen_port: 3100,
      grpc_listen_port: 9095,
      grpc_server_max_recv_msg_size: 104_857_600,
      grpc_server_max_send_msg_size: 104_857_600,
    },
  };
}

/** Keys come from IRSA, or as environment variables out of a Secret; never from values. */
function storageValues(environment: Environment, thanos: boolean): Values {
  const { objectStore } = environment;
  const bucketNames = { chunks: environment.chunksBucket, ruler: environment.rulerBucket };
  if (objectStore.kind === 's3-compatible') {
    const { host } = new URL(objectStore.endpoint);
    const insecure = objectStore.endpoint.startsWith('http:');
    const s3 = {
      endpoint: thanos ? host : objectStore.endpoint,
      region: environment.region || 'us-east-1',
      insecure,
      ...(thanos
        ? { access_key_id: '${OBJECT_STORE_ACCESS_KEY_ID}', secret_access_key: '${OBJECT_STORE_SECRET_ACCESS_KEY}' }
        : {
            s3ForcePathStyle: true,
            accessKeyId: '${OBJECT_STORE_ACCESS_KEY_ID}',
            secretAccessKey: '${OBJECT_STORE_SECRET_ACCESS_KEY}',
          }),
    };
    return thanos
      ? { type: 's3', bucketNames, use_thanos_objstore: true, object_store: { s3 } }
      : { type: 's3', bucketNames, s3 };
  }
  const sse = { type: 'SSE-KMS', kms_key_id: kmsKeyArn(environment) };
  return thanos
    ? {
        type: 's3',
        bucketNames,
        use_thanos_objstore: true,
        object_store: {
          s3: { endpoint: `s3.${environment.region}.amazonaws.com`, region: environment.region, insecure: false, sse },
        },
      }
    : { type: 's3', bucketNames, s3: { region: environment.region, s3ForcePathStyle: false, insecure: false } };
}

export const kmsKeyArn = ({ region, account, kmsAlias }: Environment): string =>
  `arn:aws:kms:${region}:${account}:${kmsAlias}`;

/** Replay may take three quarters of the memory limit: beyond that it flushes instead of growing. */
function walValues({ resources, topology }: Environment): Values {
  const component = { 'simple-scalable': 'write', 'ha-monolithic': 'singleBinary', distributed: 'ingester' } as const;
  const limit = quantityBytes(resources[component[topology]].limits.memory);
  return {
    enabled: true,
    dir: '/var/loki/wal',
    flush_on_shutdown: true,
    replay_memory_ceiling: `${Math.floor((limit * 0.75) / 2 ** 20)}MB`,
  };
}

function rulerValues(platform: Platform, environment: Environment): Values {
  const { alertmanager, prometheus } = platform.neighbours;
  const replicas = {
    'simple-scalable': environment.replicas.backend,
    'ha-monolithic': environment.replicas.singleBinary,
    distributed: environment.replicas.distributed.ruler,
  }[environment.topology];
  return {
    enable_api: true,
    // Off by default: then every ruler evaluates every rule, and every alert comes twice.
    enable_sharding: replicas > 1,
    evaluation_interval: '1m',
    poll_interval: '1m',
    rule_path: '/var/loki/rules-tmp',
    wal: { dir: '/var/loki/ruler-wal' },
    ring: { kvstore: { store: 'memberlist' } },
    alertmanager_url: alertmanager.url,
    enable_alertmanager_v2: true,
    remote_write: {
      enabled: true,
      clients: { prometheus: { url: `${prometheus.url}/api/v1/write` } },
    },
  };
}

// ---- components ------------------------------------------------------------------------------------------------------------

const component = (environment: Environment, name: ComponentName): Values => {
  const { requests, limits } = environment.resources[name];
  return { resources: { requests, limits }, ...credentials(environment) };
};

/** Of an object store of one's own: the Secret's keys as environment variables, which Loki puts into its configuration. */
function credentials({ objectStore }: Environment): Values {
  if (objectStore.kind !== 's3-compatible') return {};
  const variable = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: objectStore.credentialsSecret, key } },
  });
  return {
    extraArgs: ['-config.expand-env=true'],
    extraEnv: [
      variable('OBJECT_STORE_ACCESS_KEY_ID', 'access_key_id'),
      variable('OBJECT_STORE_SECRET_ACCESS_KEY', 'secret_access_key'),
    ],
  };
}

function componentValues(environment: Environment): Values {
  const { replicas, topology } = environment;
  const off = { replicas: 0 };
  const none = { write: off, read: off, backend: off, singleBinary: off };
  if (topology === 'ha-monolithic')
    return {
      ...none,
      singleBinary: {
        replicas: replicas.singleBinary,
        ...component(environment, 'singleBinary'),
        persistence: persistence(environment, environment.volumes.write),
        ...spread(environment, 'single-binary', replicas.singleBinary),
      },
    };
  if (topology === 'distributed') return { ...none, ...distributedValues(environment) };
  return {
    ...none,
    write: {
      replicas: replicas.write,
      ...component(environment, 'write'),
      persistence: persistence(environment, environment.volumes.write),
      terminationGracePeriodSeconds: 300,
      ...spread(environment, 'write', replicas.write),
    },
    read: {
      ...readReplicas(environment),
      ...component(environment, 'read'),
      ...spread(environment, 'read', replicas.read.min),
    },
    backend: {
      replicas: replicas.backend,
      ...component(environment, 'backend'),
      persistence: persistence(environment, environment.volumes.backend),
      ...spread(environment, 'backend', replicas.backend),
    },
  };
}

function readReplicas({ replicas: { read } }: Environment): Values {
  if (read.min === read.max) return { replicas: read.min, autoscaling: { enabled: false } };
  return {
    replicas: read.min,
    autoscaling: {
      enabled: true,
      minReplicas: read.min,
      maxReplicas: read.max,
      targetCPUUtilizationPercentage: read.targetCpuPercent,
      behavior: { scaleDown: { stabilizationWindowSeconds: 900 } },
    },
  };
}

function distributedValues(environment: Environment): Values {
  const { distributed } = environment.replicas;
  const state: Partial<Record<DistributedComponent, string>> = {
    ingester: environment.volumes.write,
    compactor: environment.volumes.backend,
    indexGateway: environment.volumes.backend,
    ruler: environment.volumes.backend,
  };
  return Object.fromEntries(
    (Object.keys(distributed) as DistributedComponent[]).map((name) => [
      name,
      {
        replicas: distributed[name],
        ...component(environment, name),
        ...(state[name] === undefined
          ? {}
          : { persistence: { enabled: true, ...persistence(environment, state[name]) } }),
        ...(distributed[name] > 1 ? { maxUnavailable: 1 } : {}),
      },
    ]),
  );
}

/** Where losing a node must not lose data, volumes outlive the scaling down and the removal of their StatefulSet. */
function persistence({ volumes, highlyAvailable }: Environment, size: string): Values {
  return {
    size,
    ...(volumes.storageClass === undefined ? {} : { storageClass: volumes.storageClass }),
    ...(highlyAvailable ? { enableStatefulSetAutoDeletePVC: false, whenScaled: 'Retain', whenDeleted: 'Retain' } : {}),
  };
}

/**
 * The chart wants every pod of a component on a node of its own. With fewer nodes than pods that would leave pods pending, so it
 * becomes a wish there; where availability matters pods also spread over zones.
 */
function spread(environment: Environment, name: string, replicas: number): Values {
  const selector = { matchLabels: { 'app.kubernetes.io/component': name } };
  const most = name === 'read' ? environment.replicas.read.max : replicas;
  return {
    ...(most > environment.nodesMin || name === 'read' || !environment.highlyAvailable
      ? {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: null,
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, podAffinityTerm: { labelSelector: selector, topologyKey: 'kubernetes.io/hostname' } },
              ],
            },
          },
        }
      : {}),
    ...(environment.highlyAvailable
      ? {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: selector,
            },
          ],
          ...(environment.chart.line === 'community' ? { maxUnavailable: 1 } : {}),
        }
      : {}),
  };
}

function gatewayValues(platform: Platform, environment: Environment): Values {
  const { requests, limits } = environment.resources.gateway;
  return {
    enabled: true,
    replicas: environment.replicas.gateway,
    resources: { requests, limits },
    ...(environment.auth ? { basicAuth: { enabled: true, existingSecret: platform.names.gatewaySecret } } : {}),
    // Without this there is no budget at all, and a node drain may take both.
    ...(environment.replicas.gateway > 1 ? { podDisruptionBudget: { maxUnavailable: 1 } } : {}),
    ...(environment.nodesMin < environment.replicas.gateway ? { affinity: { podAntiAffinity: null } } : {}),
    // Allow-list, users and tenants (traps T13 to T16); the chart's own file proxies /flush and /ingester/shutdown.
    nginxConfig: { file: gatewayConfig(platform, environment) },
  };
}

function cacheValues({ caches, resources, replicas }: Environment): Values {
  const cache = (name: 'chunksCache' | 'resultsCache', sizeMb: number | string): Values =>
    typeof sizeMb === 'number'
      ? { enabled: true, replicas: replicas.gateway > 1 ? 2 : 1, allocatedMemory: sizeMb, resources: resources[name] }
      : { enabled: false };
  return { chunksCache: cache('chunksCache', caches.chunksMb), resultsCache: cache('resultsCache', caches.resultsMb) };
}

/** The chart logs in as this user, for the tenant of the same name. Kubernetes puts the password in, out of a Secret. */
const canaryTenant = (name: string): Values => ({ name, password: '$(CANARY_PASSWORD)' });

function canaryValues(platform: Platform, environment: Environment, canary: User | undefined): Values {
  const { requests, limits } = environment.resources.canary;
  const secretKeyRef = { name: platform.names.credentialsSecret, key: canary?.name };
  return {
    lokiCanary: {
      enabled: !environment.auth || canary !== undefined,
      resources: { requests, limits },
      ...(canary === undefined
        ? {}
        : {
            ...(environment.chart.line === 'community' ? { tenant: canaryTenant(canary.name) } : {}),
            extraEnv: [{ name: 'CANARY_PASSWORD', valueFrom: { secretKeyRef } }],
          }),
    },
    // Its image has no fixed version, and the canary says more.
    test: { enabled: false },
  };
}
