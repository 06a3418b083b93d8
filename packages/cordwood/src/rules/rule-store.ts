import type { Diagnostic } from '../model/diagnostic.ts';
import type { Tenant } from '../model/tenant.ts';
import type { RuleGroup } from './rule-group.ts';

/** Namespace -> groups, both in the order in which they are listed. */
export type RuleNamespaces = ReadonlyMap<string, readonly RuleGroup[]>;

/** Where rule groups live. */
export interface RuleStore {
  readonly tenants: () => Promise<readonly Tenant[]>;
  /** What cannot be read is an error for the whole tenant, as in Loki: a rule that silently does not run is worse. */
  list(tenant: Tenant): Promise<{ readonly namespaces: RuleNamespaces; readonly diagnostics: readonly Diagnostic[] }>;
  /** Undefined where the store is read-only (the local folder layout). */
  readonly write:
    | {
        /** Creates or replaces a group. */
        setGroup(tenant: Tenant, namespace: string, group: RuleGroup): Promise<void>;
        /** Removing what is not there is no error. */
        removeGroup(tenant: Tenant, namespace: string, group: string): Promise<void>;
        /** False when there is no such namespace. */
        removeNamespace(tenant: Tenant, namespace: string): Promise<boolean>;
      }
    | undefined;
}
