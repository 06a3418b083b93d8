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

interface ChainedRecord extends AuditRecord {
  readonly event: 'audit_recorded' | 'audit_heartbeat';
  readonly sequence: number;
  readonly trace_id: string | undefined;
  readonly hash: string;
}

/** How much of the chain is kept to be looked over again. */
const keptMax = 1_000;
const kept: ChainedRecord[] = [];
let sequence = 0;
/** Hash of the record before the first kept one. */
let anchor = '0'.repeat(64);
let previous = anchor;

function hashOf(before: string, { event, sequence, action, resource, result, trace_id }: Omit<ChainedRecord, 'hash'>) {
  const content = [before, sequence, event, { action, resource, result }, trace_id];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function append(event: ChainedRecord['event'], record: AuditRecord): void {
  sequence++;
  const { trace_id } = currentContext();
  const entry = { event, sequence, ...record, trace_id };
  const hash = hashOf(previous, entry);
  log[event]({ sequence, ...record, previous_hash: previous, hash });
  kept.push({ ...entry, hash });
  if (kept.length > keptMax) anchor = kept.shift()!.hash;
  previous = hash;
}

/** Recomputes what is kept; a record whose hash does not follow from its content and the one before was tampered with. */
function verifyChain(): void {
  let before = anchor;
  for (const entry of kept) {
    const expected = hashOf(before, entry);
    if (expected !== entry.hash) {
      log.audit_chain_broken({ sequence: entry.sequence, expected_hash: expected, hash: entry.hash });
      return;
    }
    before = entry.hash;
  }
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
service.every(20_000, 'heartbeat', () => {
  verifyChain();
  append('audit_heartbeat', { action: 'heartbeat', resource: 'audit-trail', result: 'success' });
});

await service.start();
