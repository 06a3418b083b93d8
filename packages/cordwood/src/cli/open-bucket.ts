import type { ApiMetrics } from '../api/metrics.ts';
import type { LokiConfig } from '../config/loki-config.ts';
import { s3SettingsOf } from '../config/s3-config.ts';
import type { Clock } from '../world/clock.ts';
import type { ObjectStore } from '../world/object-store.ts';
import { systemRandom } from '../world/random.ts';
import { RetryingObjectStore } from '../world/retrying-object-store.ts';
import { ConfigError } from './config-error.ts';

export interface OpenedBucket {
  /** `s3://bucket/prefix`, to show. */
  readonly name: string;
  readonly objects: ObjectStore;
  close(): void;
}

/** The bucket that a `loki.yaml` names for chunks; undefined when they stay in the data folder. */
export async function openBucket(
  config: LokiConfig,
  clock: Clock,
  metrics: Pick<ApiMetrics, 'bucketOperations' | 'bucketFailures' | 'bucketSeconds'>,
): Promise<OpenedBucket | undefined> {
  const today = new Date(Number(clock.nowNs() / 1_000_000n)).toISOString().slice(0, 10);
  const { settings, problem } = s3SettingsOf(config.value, today);
  if (problem !== undefined) throw new ConfigError(`${config.file}: the S3 store of schema_config: ${problem}`);
  if (settings === undefined) return undefined;
  // Loaded by those who have a bucket: the SDK is large.
  const { S3ObjectStore } = await import('../world/s3-object-store.ts');
  const s3 = new S3ObjectStore(settings);
  const { bucket } = settings;
  const { timeoutMs, ...retry } = settings.retry;
  const objects = new RetryingObjectStore(s3, {
    clock,
    random: systemRandom,
    policy: { ...retry, ...(timeoutMs > 0 ? { attemptTimeoutMs: timeoutMs } : {}) },
    observe(operation, failed, durationMs) {
      const name = operation === 'put' ? 'upload' : operation === 'list' ? 'iter' : operation;
      metrics.bucketOperations.inc({ bucket, operation: name });
      if (failed) metrics.bucketFailures.inc({ bucket, operation: name });
      metrics.bucketSeconds.observe({ bucket, operation: name }, durationMs / 1000);
    },
  });
  return { name: `s3://${bucket}/${settings.prefix}`, objects, close: () => s3.close() };
}
