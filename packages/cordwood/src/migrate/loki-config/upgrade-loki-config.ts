/**
 * A loki.yaml of one release for a later one: keys that went, moved or were renamed are changed in the text, the schema gets
 * the period that it needs, and what now means something else without being written is listed. Rules are data
 * (`packs/`), one pack for each release that changed something.
 */
import type { SourceFile } from '@cordwood/alloy';
import { parseLokiConfig } from '../../config/loki-config.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { type AppliedPacks, type ApplyOptions, applyPacks } from '../settings-file/apply-packs.ts';
import { versionText } from '../settings-file/rule-pack.ts';
import { SettingsFile } from '../settings-file/settings-file.ts';
import { rulePacks } from './packs/registry.ts';
import { addSchemaPeriod } from './schema-period.ts';
import { isOverrides, upgradeOverrides } from './upgrade-overrides.ts';

export interface UpgradeOptions extends ApplyOptions {
  readonly nowMs: number;
  /** Loki runs with `-config.expand-env`: the result is checked with these values; in its text the references stay. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface UpgradedConfig extends AppliedPacks {
  readonly text: string;
  /** What the runtime says of the result: nothing but warnings when it runs. */
  readonly diagnostics: readonly Diagnostic[];
}

export function upgradeLokiConfig(
  source: SourceFile,
  options: UpgradeOptions,
): { upgraded: UpgradedConfig } | { diagnostics: readonly Diagnostic[] } {
  const file = new SettingsFile(source.text, source.name);
  if (file.diagnostics.length > 0) return { diagnostics: file.diagnostics };
  if (isOverrides(file)) return { upgraded: upgradeOverrides(file, source.name, options) };
  const applied = applyPacks(file, rulePacks, options, (version, report) => {
    if (versionText(version) === '3.0') addSchemaPeriod(file, options.nowMs, report);
  });
  const text = file.print();
  return {
    upgraded: {
      ...applied,
      text,
      diagnostics: parseLokiConfig(text, {
        file: source.name,
        expandEnv: options.env !== undefined,
        env: options.env ?? {},
      }).diagnostics,
    },
  };
}
