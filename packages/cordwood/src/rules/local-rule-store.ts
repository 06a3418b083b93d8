import type { Diagnostic } from '../model/diagnostic.ts';
import { WorldError } from '../model/failure.ts';
import { parseTenant, type Tenant } from '../model/tenant.ts';
import type { Disk } from '../world/disk.ts';
import { type RuleGroup, readRuleFile } from './rule-group.ts';
import type { RuleStore } from './rule-store.ts';
import { type RuleChecks, validateRuleGroup } from './validate-rule-group.ts';

/**
 * `ruler.storage.type: local`: `<directory>/<tenant>/<file>`, namespace = file name (loki.md 5.1). Read-only through the API;
 * changed by changing files, which are read again at every poll.
 */
export function createLocalRuleStore(disk: Disk, directory: string, checks: RuleChecks): RuleStore {
  return {
    async tenants() {
      const names = await disk.list(directory);
      return names.flatMap((name) => {
        const parsed = parseTenant(name);
        return 'tenant' in parsed && parsed.tenant === name ? [parsed.tenant] : [];
      });
    },
    async list(tenant: Tenant) {
      const namespaces = new Map<string, readonly RuleGroup[]>();
      const diagnostics: Diagnostic[] = [];
      const folder = `${directory}/${tenant}`;
      for (const name of await disk.list(folder)) {
        // Kubernetes mounts ConfigMaps through `..data` links; editors leave dot files.
        if (name.startsWith('.') || name.endsWith('~')) continue;
        const path = `${folder}/${name}`;
        let bytes: Uint8Array | undefined;
        try {
          bytes = await disk.readFile(path);
        } catch (error) {
          if (isDirectory(error)) continue;
          diagnostics.push({ severity: 'error', message: (error as Error).message, file: path, line: 1, column: 1 });
        }
        if (bytes === undefined) continue;
        const { groups, diagnostics: found } = readRules(new TextDecoder().decode(bytes), path, checks);
        diagnostics.push(...found);
        namespaces.set(name, groups);
      }
      const broken = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
      return { namespaces: broken ? new Map() : namespaces, diagnostics };
    },
    write: undefined,
  };
}

/** Loki passes over folders inside a tenant's folder. */
function isDirectory(error: unknown): boolean {
  const cause = error instanceof WorldError ? error.cause : undefined;
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'EISDIR';
}

/** A rule file, read and judged whole. */
export function readRules(
  text: string,
  file: string,
  checks: RuleChecks,
): { readonly groups: readonly RuleGroup[]; readonly diagnostics: readonly Diagnostic[] } {
  const raw = readRuleFile(text, file);
  const diagnostics = [...raw.diagnostics];
  const groups: RuleGroup[] = [];
  const names = new Set<string>();
  raw.groups.forEach((rawGroup, index) => {
    const checked = validateRuleGroup(rawGroup, index, file, checks);
    diagnostics.push(...checked.diagnostics);
    if (names.has(rawGroup.name)) {
      const message = `groupname: "${rawGroup.name}" is repeated in the same file`;
      diagnostics.push({ severity: 'error', message, file, ...rawGroup.place });
    }
    names.add(rawGroup.name);
    if (checked.group) groups.push(checked.group);
  });
  return { groups, diagnostics };
}
