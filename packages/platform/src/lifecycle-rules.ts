import type { Environment, Platform, Tenant } from './platform.ts';
import type { StorageTier } from './platform-definition.ts';
import { durationDays } from './units.ts';

/** What S3 does with the chunks of one tenant. */
export interface LifecycleRule {
  readonly tenant: string;
  /** Key prefix of its chunks: `compliance-audit/`. Never `index/`: the compactor rewrites the index all the time (trap T4). */
  readonly prefix: string;
  readonly transitions: readonly StorageTier[];
  /** The net under the compactor: what is older was forgotten by it. */
  readonly expireAfterDays: number;
}

/** Days that a class charges for at least, whether the object is there or not. */
export const minimumDays: Readonly<Record<StorageTier['storageClass'], number>> = {
  STANDARD_IA: 30,
  INTELLIGENT_TIERING: 0,
  GLACIER_IR: 90,
};

/** Smaller objects are billed as if they had this size, so moving them costs more than it saves (trap T3). */
export const transitionSizeMinBytes = 131_072;

/** Between the end of the retention and a transition: nothing is moved that is about to be deleted (trap T2). */
const marginDays = 5;

/**
 * One rule for each tenant that exists in the environment. A tier of the definition applies where what is left of the tenant's
 * chunks then lives at least as long as the class charges for. Logs of several retentions share a tenant's prefix: a tier that
 * would meet the shortest of them waits until these are gone.
 */
export function lifecycleRules(platform: Platform, environment: Environment): readonly LifecycleRule[] {
  const tenants = environment.auth ? environment.tenants : [{ ...environment.defaultTenant, id: 'fake' }];
  return tenants.map((tenant) => {
    const longest = durationDays(tenant.longestRetention);
    return {
      tenant: tenant.id,
      prefix: `${tenant.id}/`,
      transitions: transitionsOf(platform.storage.tiers, tenant),
      expireAfterDays: Math.ceil(longest) + platform.storage.orphanExpiryDays,
    };
  });
}

function transitionsOf(tiers: readonly StorageTier[], tenant: Tenant): StorageTier[] {
  const shortest = durationDays(tenant.retention);
  const longest = durationDays(tenant.longestRetention);
  return [...tiers]
    .sort((a, b) => a.afterDays - b.afterDays)
    .map(({ afterDays, storageClass }) => {
      const waits = shortest < longest && afterDays < shortest + marginDays;
      return { afterDays: waits ? Math.ceil(shortest) + marginDays : afterDays, storageClass };
    })
    .filter(({ afterDays, storageClass }) => longest - afterDays >= Math.max(minimumDays[storageClass], marginDays));
}
