import type { LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import {
  type AlertmanagerSettings,
  defaultAlertmanagerSettings,
  parseAlertmanagerSettings,
} from './alertmanager-settings.ts';
import { parseRemoteWriteClient, type RemoteWriteClient } from './remote-write-client.ts';

export interface TenantSettingsOptions {
  /** `ruler.remote_write` */
  readonly remoteWrite: { readonly enabled: boolean; readonly clients: Readonly<Record<string, unknown>> };
  readonly limitsFor: LimitsFor;
  readonly log: LogMessage;
}

/** Where a tenant's alerts and recorded series go: the ruler's settings and, before them, the tenant's own limits. */
export interface TenantSettings {
  /** The clients of `ruler.remote_write`, each replaced by the tenant's `ruler_remote_write_config` of the same id. */
  clientsFor(tenant: Tenant): readonly RemoteWriteClient[];
  /** The tenant's `ruler_alertmanager_config`; undefined: the ruler's own settings hold. */
  alertmanagerFor(tenant: Tenant): AlertmanagerSettings | undefined;
  /** What is wrong with the ruler's own remote_write clients. */
  readonly problems: readonly string[];
}

export function createTenantSettings({ remoteWrite, limitsFor, log }: TenantSettingsOptions): TenantSettings {
  // Blocks change rarely and are asked for at every evaluation: each is read once.
  const parsedClients = new Map<string, RemoteWriteClient | undefined>();
  const parsedAlertmanagers = new Map<string, AlertmanagerSettings>();

  function clientOf(id: string, block: unknown, tenant: Tenant | undefined): RemoteWriteClient | undefined {
    const key = JSON.stringify([id, block]);
    if (!parsedClients.has(key)) {
      const { client, problems } = parseRemoteWriteClient(id, block);
      for (const problem of problems ?? [])
        if (tenant !== undefined) log('error', 'ruler_remote_write_config cannot be used', { tenant, problem });
      parsedClients.set(key, client);
    }
    return parsedClients.get(key);
  }

  return {
    problems: Object.entries(remoteWrite.clients).flatMap(
      ([id, block]) => parseRemoteWriteClient(id, block).problems ?? [],
    ),
    clientsFor(tenant) {
      const limits = limitsFor(tenant);
      if (!remoteWrite.enabled || limits.rulerRemoteWriteDisabled) return [];
      const own = limits.rulerRemoteWriteConfig;
      const blocks = { ...remoteWrite.clients, ...own };
      return Object.entries(blocks).flatMap(
        ([id, block]) => clientOf(id, block, Object.hasOwn(own, id) ? tenant : undefined) ?? [],
      );
    },
    alertmanagerFor(tenant) {
      const block = limitsFor(tenant).rulerAlertmanagerConfig;
      if (block === undefined) return undefined;
      const key = JSON.stringify(block);
      const known = parsedAlertmanagers.get(key);
      if (known) return known;
      const { settings, problems } = parseAlertmanagerSettings(block);
      for (const problem of problems ?? [])
        log('error', 'ruler_alertmanager_config cannot be used; alerts of the tenant are not sent', {
          tenant,
          problem,
        });
      // Never to somebody else's Alertmanager instead.
      const found = settings ?? defaultAlertmanagerSettings;
      parsedAlertmanagers.set(key, found);
      return found;
    },
  };
}
