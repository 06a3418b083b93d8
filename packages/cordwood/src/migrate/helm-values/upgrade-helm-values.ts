/** Values of the Helm chart `loki` for a later chart, and for the topology that follows the simple scalable one. */
import type { SourceFile } from '@cordwood/alloy';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { rulePacks } from '../loki-config/packs/registry.ts';
import { type AppliedPacks, type ApplyOptions, applyPacks, type ConfigChange } from '../settings-file/apply-packs.ts';
import type { RulePack } from '../settings-file/rule-pack.ts';
import { type Path, SettingsFile } from '../settings-file/settings-file.ts';
import { subtree } from '../settings-file/subtree.ts';
import { chartPacks } from './chart-packs.ts';
import { changeTopology, type Phase, type Topology } from './topology.ts';

export interface UpgradeValuesOptions extends ApplyOptions {
  /** Undefined: the topology stays. */
  readonly topology: Topology | undefined;
  readonly phase: Phase;
  /** Name under which an umbrella chart has these values: found out when it is not given. */
  readonly dependency: string | undefined;
  /** Put flat values below this name: for an umbrella chart. */
  readonly nest: string | undefined;
}

export interface UpgradedValues extends AppliedPacks {
  readonly text: string;
  /** Where the values of the chart stand in the file; empty when they are flat. */
  readonly dependency: string;
}

/** The chart's own sections: what only one of these names belongs to Loki's configuration below `loki`. */
const chartKeys = ['deploymentMode', 'write', 'read', 'backend', 'singleBinary', 'gateway', 'serviceAccount', 'loki'];

export function upgradeHelmValues(
  source: SourceFile,
  options: UpgradeValuesOptions,
): { upgraded: UpgradedValues } | { diagnostics: readonly Diagnostic[] } {
  const file = new SettingsFile(source.text, source.name);
  if (file.diagnostics.length > 0) return { diagnostics: file.diagnostics };
  const root = options.dependency === undefined ? findDependency(file) : [options.dependency];
  const values = subtree(file, root);
  const applied = applyPacks(values, chartPacks, options);
  const config = lokiSections(file, root);
  const changes: ConfigChange[] = [...applied.changes, ...config];
  if (options.topology !== undefined) {
    changeTopology(values, options.topology, options.phase, (change) => {
      changes.push({ ...change, version: options.topology!, ...values.placeOf(change.key.split('.')) });
    });
  }
  const dependency = root.join('.');
  return { upgraded: { ...applied, changes, text: nested(file.print(), dependency, options.nest), dependency } };
}

/** `loki: {loki: …, write: …}` are the values of a dependency called loki. */
function findDependency(file: SettingsFile): Path {
  const below = file.find('loki.*').map((path) => String(path[1]));
  const own = chartKeys.filter((key) => key !== 'loki' && file.has([key]));
  return own.length === 0 && below.some((key) => chartKeys.includes(key)) ? ['loki'] : [];
}

/** Loki's own configuration in the values, for the Loki 3.7 that chart 18 has: sections, and what is merged over them. */
function lokiSections(file: SettingsFile, root: Path): ConfigChange[] {
  const three = rulePacks.filter(({ version: [major, minor] }) => major === 3 && minor > 0).map(keysOnly);
  return [
    [...root, 'loki'],
    [...root, 'loki', 'structuredConfig'],
  ].flatMap((path) => {
    if (!file.has(path)) return [];
    const { changes } = applyPacks(subtree(file, path), three, { from: [3, 0], to: [3, 7], keepDefaults: false });
    return changes.map((change) => ({ ...change, key: `${path.slice(root.length).join('.')}.${change.key}` }));
  });
}

function keysOnly(pack: RulePack): RulePack {
  return { ...pack, defaults: [], behaviour: [], special: [] };
}

/** Flat values, one level deeper. */
function nested(text: string, dependency: string, name: string | undefined): string {
  if (name === undefined || dependency !== '') return text;
  const lines = text.split('\n').map((line) => (line === '' ? '' : `  ${line}`));
  return `${name}:\n${lines.join('\n')}`;
}
