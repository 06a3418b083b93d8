import { WorldError } from '../model/failure.ts';
import { parseTenant, type Tenant } from '../model/tenant.ts';
import { type Disk, replaceFile } from '../world/disk.ts';
import { readRules } from './local-rule-store.ts';
import { printRuleFile, type RuleGroup } from './rule-group.ts';
import type { RuleNamespaces, RuleStore } from './rule-store.ts';
import type { RuleChecks } from './validate-rule-group.ts';

/**
 * Rule groups that the rules API may change: one YAML file per namespace under the tenant's folder, replaced atomically.
 * Tenant and namespace may hold any character, so file names carry them base64url-encoded.
 */
export function createDirectoryRuleStore(disk: Disk, directory: string, checks: RuleChecks): RuleStore {
  const folderOf = (tenant: Tenant) => `${directory}/${encode(tenant)}`;
  const fileOf = (tenant: Tenant, namespace: string) => `${folderOf(tenant)}/${encode(namespace)}.yaml`;
  // One change at a time: each reads a whole file and writes it again.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };

  async function namespacesOf(tenant: Tenant): Promise<RuleNamespaces> {
    const namespaces = new Map<string, readonly RuleGroup[]>();
    for (const name of await disk.list(folderOf(tenant))) {
      if (!name.endsWith('.yaml')) continue;
      const path = `${folderOf(tenant)}/${name}`;
      const bytes = await disk.readFile(path);
      if (bytes === undefined) continue;
      const { groups, diagnostics } = readRules(new TextDecoder().decode(bytes), path, checks);
      const broken = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
      if (broken) throw new WorldError('CORRUPT', `stored rules cannot be read: ${broken.message}`, { path });
      namespaces.set(decode(name.slice(0, -'.yaml'.length)), groups);
    }
    return new Map([...namespaces].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async function writeNamespace(tenant: Tenant, namespace: string, groups: readonly RuleGroup[]): Promise<void> {
    if (groups.length === 0) {
      await disk.remove(fileOf(tenant, namespace));
      await disk.syncDirectory(folderOf(tenant));
      return;
    }
    await disk.createDirectory(folderOf(tenant));
    await disk.syncDirectory(directory);
    const sorted = [...groups].sort((a, b) => (a.name < b.name ? -1 : 1));
    await replaceFile(disk, fileOf(tenant, namespace), [new TextEncoder().encode(printRuleFile(sorted))]);
  }

  return {
    async tenants() {
      return (await disk.list(directory)).flatMap((name) => {
        const parsed = parseTenant(decode(name));
        return 'tenant' in parsed ? [parsed.tenant] : [];
      });
    },
    list: (tenant) => inTurn(async () => ({ namespaces: await namespacesOf(tenant), diagnostics: [] })),
    write: {
      setGroup: (tenant, namespace, group) =>
        inTurn(async () => {
          const groups = (await namespacesOf(tenant)).get(namespace) ?? [];
          await writeNamespace(tenant, namespace, [...groups.filter(({ name }) => name !== group.name), group]);
        }),
      removeGroup: (tenant, namespace, group) =>
        inTurn(async () => {
          const groups = (await namespacesOf(tenant)).get(namespace);
          if (groups?.some(({ name }) => name === group)) {
            await writeNamespace(
              tenant,
              namespace,
              groups.filter(({ name }) => name !== group),
            );
          }
        }),
      removeNamespace: (tenant, namespace) =>
        inTurn(async () => {
          if (!(await namespacesOf(tenant)).has(namespace)) return false;
          await writeNamespace(tenant, namespace, []);
          return true;
        }),
    },
  };
}

const encode = (text: string) => Buffer.from(text).toString('base64url');
const decode = (name: string) => Buffer.from(name, 'base64url').toString();
