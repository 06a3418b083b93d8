import type { PushStream } from '../../model/entry.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { PushAbout, PushOutcome } from '../../store/store.ts';
import { sleep } from '../../world/clock.ts';
import type { ApiContext } from '../api-context.ts';

/** What storing a push needs; the HTTP and the gRPC server both have it. */
export type PushContext = Pick<ApiContext, 'store' | 'limitsFor' | 'clock' | 'metrics'>;

/** Counts what came in, then stores it. Throws WorldError when the client should send it again. */
export async function storePush(
  context: PushContext,
  tenant: Tenant,
  streams: readonly PushStream[],
  about: PushAbout,
): Promise<PushOutcome> {
  const limits = context.limitsFor(tenant);
  countReceived(context, tenant, streams, about);
  if (limits.simulatedPushLatencyMs > 0) await sleep(context.clock, limits.simulatedPushLatencyMs);
  // Streams without entries are no mistake and nothing to store.
  if (streams.length === 0) return { status: 204, message: '' };
  return context.store.push(tenant, streams, about);
}

function countReceived(
  { metrics, limitsFor }: PushContext,
  tenant: Tenant,
  streams: readonly PushStream[],
  about: PushAbout,
): void {
  let lines = 0;
  let lineBytes = 0;
  let metadataBytes = 0;
  for (const { entries } of streams) {
    lines += entries.rowCount;
    for (let row = 0; row < entries.rowCount; row++) lineBytes += entries.lineEnds[row]! - entries.lineStarts[row]!;
    for (const labels of entries.structuredMetadata ?? []) {
      for (const { name, value } of labels) metadataBytes += name.length + value.length;
    }
  }
  const labels = { tenant, is_internal_stream: 'false', policy: about.policy ?? '', format: about.format };
  const retention_hours = retentionHours(limitsFor(tenant).retentionPeriodMs);
  metrics.linesReceived.inc(labels, lines);
  metrics.bytesReceived.inc({ ...labels, retention_hours }, lineBytes + metadataBytes);
  if (metadataBytes > 0) metrics.metadataBytesReceived.inc({ ...labels, retention_hours }, metadataBytes);
}

/** Loki's label: whole hours, '' when data is kept for ever. */
function retentionHours(periodMs: number): string {
  return periodMs <= 0 ? '' : String(Math.floor(periodMs / 3_600_000));
}
