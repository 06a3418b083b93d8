import { gauge, type Metric } from '../../store/metrics.ts';
import type { DeleteRequests } from './delete-requests.ts';

export function deleteMetrics(deletes: Pick<DeleteRequests, 'pending'>, nowMs: number): Metric[] {
  const pending = deletes.pending();
  const oldestMs = pending.reduce((oldest, { createdMs }) => Math.min(oldest, createdMs), nowMs);
  return [
    gauge('loki_compactor_pending_delete_requests_count', 'Count of delete requests which are yet to be processed.', [
      { labels: {}, value: pending.length },
    ]),
    gauge(
      'loki_compactor_oldest_pending_delete_request_age_seconds',
      'Age of the oldest pending delete request in seconds.',
      [{ labels: {}, value: (nowMs - oldestMs) / 1000 }],
    ),
  ];
}
