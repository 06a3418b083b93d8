import type { LimitsFor } from '../../model/limits.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { ApiMetrics } from '../metrics.ts';

/** Who tails now: counted against `max_concurrent_tail_requests`, and closed when the server stops. */
export interface Tails {
  /** Undefined, with the reason, when the tenant has too many already. `close` is called when the server stops. */
  enter(
    tenant: Tenant,
    close: () => void,
  ): { readonly leave: () => void; readonly refused?: undefined } | { readonly refused: string };
  readonly count: number;
  closeAll(): void;
}

export function createTails({ limitsFor }: { readonly limitsFor: LimitsFor }, metrics: ApiMetrics): Tails {
  const active = new Map<Tenant, Set<() => void>>();
  let count = 0;
  return {
    enter(tenant, close) {
      const mine = active.get(tenant) ?? new Set();
      const max = limitsFor(tenant).maxConcurrentTailRequests;
      if (max > 0 && mine.size >= max) {
        return { refused: `max concurrent tail requests limit exceeded, count > limit (${mine.size + 1} > ${max})` };
      }
      active.set(tenant, mine.add(close));
      metrics.tailActive.set(++count);
      return {
        leave() {
          if (!mine.delete(close)) return;
          if (mine.size === 0) active.delete(tenant);
          metrics.tailActive.set(--count);
        },
      };
    },
    get count() {
      return count;
    },
    closeAll() {
      for (const mine of [...active.values()]) for (const close of [...mine]) close();
    },
  };
}
