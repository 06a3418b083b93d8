import type { Check } from '../../check.ts';

/** What etcd takes, less the rest of the object. */
const sizeMaxBytes = 1_000_000;

export const configMapSize: Check = {
  id: 'dashboards/config-map-size',
  severity: 'error',
  title: 'What is mounted as a ConfigMap fits into one',
  reason:
    'Kubernetes refuses objects above 1 MiB; `kubectl apply` already fails at 256 KiB, because it keeps a copy in an annotation.',
  fix: 'Split the dashboard or the group of rules.',
  traps: ['T68'],
  find: ({ artifacts }) =>
    artifacts
      .filter(({ path }) => /^(monitoring\/(dashboards|alerts)|config\/loki\/rules|helm\/alloy\/files)\//.test(path))
      .filter(({ text }) => Buffer.byteLength(text) > sizeMaxBytes)
      .map(({ path, text }) => ({
        message: `${path} has ${Math.round(Buffer.byteLength(text) / 1024)} KiB`,
        at: path.startsWith('monitoring/dashboards') ? 'dashboards' : 'rules',
        in: { path },
      })),
};
