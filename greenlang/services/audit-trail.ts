import { createHash } from 'node:crypto';
import { currentContext } from '@cordwood/logger';
import { events } from '../events.ts';
import { createService, HttpError } from './service.ts';

/**
 * The audit trail: what was done, to what, with which result. Each record carries the hash of the one before it, so that a
 * missing or changed line is noticed. Its namespace has a tenant of its own, kept for a year.
 */
export interface AuditRecord {
  readonly action: string;
  readonly resource: string;
  readonly result: 'success' | 'failure';
}

const service = createService({ name: 'audit-trail', logger: 'greenlang.audit', events: events['audit-trail'] });
const { log } = service;

let sequence = 0;
let previous = '0'.repeat(64);

function append(event: 'audit_recorded' | 'audit_heartbeat', record: AuditRecord): void {
  sequence++;
  const { trace_id } = currentContext();
  const hash = createHash('sha256')
    .update(JSON.stringify([previous, sequence, event, record, trace_id]))
    .digest('hex');
  log[event]({ sequence, ...record, previous_hash: previous, hash });
  previous = hash;
}

service.on('/records', (body) => {
  const record = body as Partial<AuditRecord>;
  if (
    typeof record.action !== 'string' ||
    typeof record.resource !== 'string' ||
    (record.result !== 'success' && record.result !== 'failure')
  ) {
    throw new HttpError(400, 'an audit record has action, resource and result');
  }
  append('audit_recorded', { action: record.action, resource: record.resource, result: record.result });
  return { sequence, hash: previous };
});

// A quiet night must be told from a broken trail.
service.every(20_000, 'heartbeat', () =>
  append('audit_heartbeat', { action: 'heartbeat', resource: 'audit-trail', result: 'success' }),
);

await service.start();
