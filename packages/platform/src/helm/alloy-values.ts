import { alloyVersion, type Environment, type Platform, usersOf } from '../platform.ts';
import { quantityBytes } from '../units.ts';
import type { Values } from './loki-values.ts';

/** Part of the memory limit that the Go runtime keeps to. */
const goMemoryShare = 0.9;

/** Values of our own chart `helm/alloy` for an environment; named as those of grafana/alloy where both have them. */
export function alloyValues(platform: Platform, environment: Environment): Values {
  const { requests, limits } = environment.resources.alloy;
  const writer = usersOf(platform, environment).find(({ role }) => role === 'writer');
  return {
    // Which of files/*.alloy is the configuration.
    environment: environment.name,
    image: { repository: 'docker.io/grafana/alloy', tag: `v${alloyVersion}`, pullPolicy: 'IfNotPresent' },
    alloy: {
      listenPort: 12345,
      storagePath: '/var/lib/alloy/data',
      stabilityLevel: 'generally-available',
      resources: { requests, limits },
      goMemoryLimit: `${Math.floor((quantityBytes(limits.memory) * goMemoryShare) / 2 ** 20)}MiB`,
      otlp: { grpcPort: 4317, httpPort: 4318 },
    },
    redaction: { ipAddressesOf: '', customPatterns: [] },
    // The password of the gateway's user: a key of this Secret, mounted as a file.
    credentials: { secretName: writer === undefined ? '' : platform.names.credentialsSecret, key: writer?.name ?? '' },
    controller: {
      tolerations: [{ operator: 'Exists' }],
      priorityClassName: 'system-node-critical',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      terminationGracePeriodSeconds: 90,
    },
    // On the node: positions must outlive the pod, or its logs are read again.
    hostPaths: {
      podLogs: '/var/log/pods',
      journal: '/var/log/journal',
      runtimeJournal: '/run/log/journal',
      machineId: '/etc/machine-id',
      storage: '/var/lib/alloy',
    },
    rbac: { podLogs: platform.pipeline.podSource === 'api' },
  };
}
