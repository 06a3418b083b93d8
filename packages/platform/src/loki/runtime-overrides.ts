import type { Environment, Platform, Tenant } from '../platform.ts';

/**
 * `overrides`: what each tenant may do (TR-004), by tenant id. Where auth is off there is one tenant, `fake`, with the limits
 * of the environment's default tenant: an entry under any other name would do nothing.
 */
export function runtimeOverrides(platform: Platform, environment: Environment): Record<string, object> {
  const tenants = environment.auth ? environment.tenants : [{ ...environment.defaultTenant, id: 'fake' }];
  return Object.fromEntries(tenants.map((tenant) => [tenant.id, tenantLimits(platform, tenant)]));
}

function tenantLimits(platform: Platform, tenant: Tenant): object {
  const classes = platform.retentionClasses.filter(({ name }) => tenant.retentionClasses.includes(name));
  return {
    ingestion_rate_mb: tenant.limits.ingestionRateMb,
    ingestion_burst_size_mb: tenant.limits.ingestionBurstMb,
    max_global_streams_per_user: tenant.limits.maxStreams,
    retention_period: tenant.retention,
    ...(classes.length === 0
      ? {}
      : {
          retention_stream: classes.map(({ name, priority, period }) => ({
            selector: `{retention_class="${name}"}`,
            priority,
            period,
          })),
        }),
    max_query_length: tenant.maxQueryLength,
    max_query_lookback: tenant.maxQueryLookback,
    deletion_mode: tenant.deletionMode,
  };
}
