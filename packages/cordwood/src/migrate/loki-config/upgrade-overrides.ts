/** The file of overrides (`runtime_config.file`): each tenant has limits, and limits come and go as in `limits_config`. */
import type { LimitsValue } from '../../config/limits-config.ts';
import { parseOverrides } from '../../config/overrides.ts';
import { defaultValue } from '../../config/schema/field.ts';
import { limitsBlock } from '../../config/schema/limits.ts';
import { type ApplyOptions, applyPacks, type ConfigChange } from '../settings-file/apply-packs.ts';
import { compareVersions, type RulePack, type Version } from '../settings-file/rule-pack.ts';
import type { SettingsFile } from '../settings-file/settings-file.ts';
import { subtree } from '../settings-file/subtree.ts';
import { rulePacks } from './packs/registry.ts';
import type { UpgradedConfig } from './upgrade-loki-config.ts';

/** Is this a file of overrides, and no configuration? */
export function isOverrides(file: SettingsFile): boolean {
  return (file.has(['overrides']) || file.has(['multi_kv_config'])) && !file.has(['schema_config']);
}

export function upgradeOverrides(file: SettingsFile, name: string, options: ApplyOptions): UpgradedConfig {
  const packs = rulePacks.map(ofLimits);
  const changes = file.find('overrides.*').flatMap((path): ConfigChange[] => {
    const { changes: own } = applyPacks(subtree(file, path), packs, { ...options, keepDefaults: false });
    return own.map((change) => ({ ...change, key: `${path.join('.')}.${change.key}` }));
  });
  if (file.has(['overrides', 'default']) && crosses(options, [3, 0])) {
    changes.push({
      severity: 'warning',
      version: '3.0',
      key: 'overrides.default',
      before: undefined,
      after: undefined,
      why: 'it is a tenant like any other: limits for all belong into limits_config',
      ...file.placeOf(['overrides', 'default']),
    });
  }
  const text = file.print();
  const { diagnostics } = parseOverrides(text, { file: name, defaults: defaultValue(limitsBlock) as LimitsValue });
  return { text, changes, effective: [], behaviour: [], diagnostics };
}

function crosses({ from, to }: ApplyOptions, version: Version): boolean {
  return compareVersions(version, from) > 0 && compareVersions(version, to) <= 0;
}

const prefix = 'limits_config.';

/** What a pack says about limits; where they moved out of them there is nothing to move to here. */
function ofLimits({ moved, removed, version }: RulePack): RulePack {
  const gone = Object.entries(moved).map(([key, { to, why }]): [string, string] => [key, `${to} has it: ${why}`]);
  const limits = [...Object.entries(removed), ...gone].filter(([key]) => key.startsWith(prefix));
  return {
    version,
    removed: Object.fromEntries(limits.map(([key, why]) => [key.slice(prefix.length), why])),
    moved: {},
    defaults: [],
    behaviour: [],
  };
}
