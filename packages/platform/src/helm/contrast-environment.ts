import type { Environment } from '../platform.ts';
import type { ComponentName, DistributedComponent, Resources } from '../platform-definition.ts';

/**
 * An environment that differs from the given one in everything that environments are about. What Helm values have in common with
 * this one is not of the environment and belongs into `values.yaml`, also where there is only one environment, and a second one
 * moves nothing.
 */
export function contrastEnvironment(environment: Environment): Environment {
  const { replicas, limits } = environment;
  return {
    ...environment,
    name: 'another',
    region: 'another',
    account: 'another',
    cluster: 'another',
    auth: !environment.auth,
    tenants: [],
    limits: { ingestionRateMb: -1, ingestionBurstMb: -1, maxStreams: limits.maxStreams, retention: '1ms' },
    replicas: {
      write: replicas.write + 1,
      read: {
        min: replicas.read.min + 1,
        max: replicas.read.max + 2,
        targetCpuPercent: replicas.read.targetCpuPercent + 1,
      },
      backend: replicas.backend + 1,
      gateway: replicas.gateway + 1,
      singleBinary: replicas.singleBinary + 1,
      distributed: Object.fromEntries(
        Object.entries(replicas.distributed).map(([name, count]) => [name, count + 1]),
      ) as Record<DistributedComponent, number>,
    },
    replicationFactor: environment.replicationFactor + 1,
    objectStore:
      environment.objectStore.kind === 's3'
        ? { kind: 's3-compatible', endpoint: 'http://another', credentialsSecret: 'another' }
        : { kind: 's3' },
    chunksBucket: 'another',
    rulerBucket: 'another',
    kmsAlias: 'another',
    lokiRoleArn: 'another',
    volumes: { write: '1Ki', backend: '1Ki', storageClass: 'another' },
    resources: Object.fromEntries(Object.keys(environment.resources).map((name) => [name, another])) as Record<
      ComponentName,
      Resources
    >,
    caches: { chunksMb: -1, resultsMb: -1 },
    gatewayUrl: 'http://another',
  };
}

const another: Resources = { requests: { cpu: '1m', memory: '1Ki' }, limits: { memory: '1Ki' } };
