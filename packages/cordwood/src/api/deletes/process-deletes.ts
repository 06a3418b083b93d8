import type { LimitsFor } from '../../model/limits.ts';
import type { LogMessage } from '../../model/log-message.ts';
import { Counter, type Metric } from '../../store/metrics.ts';
import type { Store } from '../../store/store.ts';
import { type Clock, every } from '../../world/clock.ts';
import { compileDelete, type DeleteRequest, type DeleteRequests } from './delete-requests.ts';
import { createCoverFinder } from './find-covered.ts';

export interface DeleteProcessingOptions {
  readonly store: Pick<Store, 'removeRows'>;
  readonly deletes: DeleteRequests;
  readonly limitsFor: LimitsFor;
  readonly clock: Clock;
  /** `compactor.delete_request_cancel_period`: a request this old is carried out, and can no longer be cancelled. */
  readonly cancelPeriodMs: number;
  /** `compactor.compaction_interval`. */
  readonly intervalMs: number;
  readonly log: LogMessage;
}

/**
 * Carries out delete requests: what they hid until now is removed from chunks and log, then the request is marked. A crash
 * between the two repeats the removal, which then finds nothing. Only of tenants with `deletion_mode: filter-and-delete`.
 */
export class DeleteProcessing {
  readonly #options: DeleteProcessingOptions;
  readonly #processed = new Counter(
    'loki_compactor_delete_requests_processed_total',
    'Number of delete requests processed per user.',
    ['user'],
  );
  readonly #deletedLines = new Counter('loki_compactor_deleted_lines', 'Number of deleted lines per user.', ['user']);
  readonly #failures = new Counter(
    'loki_compactor_delete_processing_fails_total',
    'Number of times that the entries of a request could not be removed.',
    ['cause'],
  );
  #current: DeleteRequest | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #stopTimer = () => {};

  constructor(options: DeleteProcessingOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, intervalMs } = this.#options;
    this.#stopTimer = every(clock, intervalMs, () => this.run());
  }

  /** Waits for the request that is being carried out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    await this.#running;
  }

  /** Being carried out now: too late to cancel. */
  isCurrent(request: DeleteRequest): boolean {
    return this.#current === request;
  }

  /** Carries out what is due. Failures are logged, counted and tried again by the next run. */
  run(): Promise<void> {
    const run = this.#running.then(() => this.#run());
    this.#running = run;
    return run;
  }

  async #run(): Promise<void> {
    for (const request of this.#due()) {
      if (this.#stopped) return;
      this.#current = request;
      try {
        await this.#carryOut(request);
      } catch (error) {
        this.#failures.add(1, 'disk');
        this.#options.log('error', 'A delete request could not be carried out; it goes on hiding its entries.', {
          tenant: request.tenant,
          request: request.id,
          error: String(error),
        });
      } finally {
        this.#current = undefined;
      }
    }
  }

  #due(): DeleteRequest[] {
    const { deletes, clock, cancelPeriodMs, limitsFor } = this.#options;
    const nowMs = Number(clock.nowNs() / 1_000_000n);
    return deletes
      .pending()
      .filter(({ createdMs }) => nowMs - createdMs >= cancelPeriodMs)
      .filter(({ tenant }) => limitsFor(tenant).deletionMode === 'filter-and-delete');
  }

  async #carryOut(request: DeleteRequest): Promise<void> {
    const { store, deletes, log } = this.#options;
    const compiled = compileDelete(request);
    const find = createCoverFinder(compiled);
    const range = { startNs: compiled.startNs, endNs: compiled.endNs + 1n };
    const lines = await store.removeRows(request.tenant, range, (batch) => {
      const covered = new Uint8Array(batch.rowCount);
      find(batch, covered);
      return covered;
    });
    await deletes.markProcessed(request);
    this.#processed.add(1, request.tenant);
    this.#deletedLines.add(lines, request.tenant);
    log('info', 'Carried out a delete request.', { tenant: request.tenant, request: request.id, lines });
  }

  metrics(): Metric[] {
    return [this.#processed, this.#deletedLines, this.#failures].map((counter) => counter.read());
  }
}
