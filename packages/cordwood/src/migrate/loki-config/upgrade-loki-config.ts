/**
 * A loki.yaml of one release for a later one: keys that went, moved or were renamed are changed in the text, the schema gets
 * the period that it needs, and what now means something else without being written is listed. Rules are data
 * (`packs/`), one pack for each release that changed something.
 */
import type { SourceFile } from '@cordwood/alloy';
import { parseLokiConfig } from '../../config/loki-config.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { type Path, pathText, SettingsFile } from '../settings-file/settings-file.ts';
import { rulePacks } from './packs/registry.ts';
import type { DefaultChange, ReportChange, RulePack } from './rule-pack.ts';
import { addSchemaPeriod } from './schema-period.ts';
import { compareVersions, type LokiVersion, versionText } from './version.ts';

export interface UpgradeOptions {
  readonly from: LokiVersion;
  readonly to: LokiVersion;
  readonly nowMs: number;
  /** Write the old value where a default changed. */
  readonly keepDefaults: boolean;
}

/** Something that was changed in the file, or must be by hand. */
export interface ConfigChange {
  readonly severity: 'change' | 'warning' | 'error';
  /** Release that asks for it. */
  readonly version: string;
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly why: string;
  readonly line: number;
  readonly column: number;
}

/** A setting that the file does not give and that means something else from a release on. */
export interface EffectiveChange {
  readonly version: string;
  readonly key: string;
  readonly before: string;
  readonly after: string;
  readonly effect: string;
  /** The old value was written into the file. */
  readonly kept: boolean;
}

export interface UpgradedConfig {
  readonly text: string;
  readonly changes: readonly ConfigChange[];
  readonly effective: readonly EffectiveChange[];
  /** What works in another way, by release. */
  readonly behaviour: readonly { readonly version: string; readonly text: string }[];
  /** What the runtime says of the result: nothing but warnings when it runs. */
  readonly diagnostics: readonly Diagnostic[];
}

export function upgradeLokiConfig(
  source: SourceFile,
  options: UpgradeOptions,
): { upgraded: UpgradedConfig } | { diagnostics: readonly Diagnostic[] } {
  const file = new SettingsFile(source.text, source.name);
  if (file.diagnostics.length > 0) return { diagnostics: file.diagnostics };
  const changes: ConfigChange[] = [];
  const packs = rulePacks.filter(({ version }) => {
    return compareVersions(version, options.from) > 0 && compareVersions(version, options.to) <= 0;
  });
  for (const pack of packs) {
    const version = versionText(pack.version);
    const report: ReportChange = (change) => {
      changes.push({
        ...change,
        version,
        ...file.placeOf(
          change.key
            .split(/\.|\[(\d+)\]\.?/)
            .filter(Boolean)
            .map(partOf),
        ),
      });
    };
    applyPack(file, pack, report);
    if (version === '3.0') addSchemaPeriod(file, options.nowMs, report);
  }
  const effective = packs.flatMap((pack) => effectiveChanges(file, pack, options.keepDefaults));
  const text = file.print();
  return {
    upgraded: {
      text,
      changes,
      effective,
      behaviour: packs.flatMap(({ behaviour, version }) =>
        behaviour.map((line) => ({ version: versionText(version), text: line })),
      ),
      diagnostics: parseLokiConfig(text, { file: source.name, expandEnv: false, env: {} }).diagnostics,
    },
  };
}

function partOf(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}

function applyPack(file: SettingsFile, pack: RulePack, report: ReportChange): void {
  // First: what they read may be among the keys that go.
  for (const special of pack.special ?? []) special.apply(file, report);
  for (const [key, { to, why }] of Object.entries(pack.moved)) {
    for (const path of file.find(key)) moveKey(file, path, to.split('.'), why, report);
  }
  for (const [pattern, why] of Object.entries(pack.removed)) {
    for (const path of file.find(pattern)) {
      const before = file.text(path);
      file.remove(path);
      report({ severity: 'change', key: pathText(path), before, after: undefined, why });
    }
  }
}

function moveKey(file: SettingsFile, path: Path, to: Path, why: string, report: ReportChange): void {
  const before = file.text(path);
  const taken = file.has(to);
  if (taken) file.remove(path);
  else file.move(path, to);
  const after = `${pathText(to)}: ${file.text(to)}`;
  const note = taken && file.text(to) !== before ? ' (it was there already, with another value)' : '';
  report({ severity: note === '' ? 'change' : 'warning', key: pathText(path), before, after, why: why + note });
}

function effectiveChanges(file: SettingsFile, pack: RulePack, keep: boolean): EffectiveChange[] {
  return pack.defaults.flatMap((change) => {
    const path = change.key.split('.');
    if (file.has(path) || (change.when !== undefined && file.find(change.when).length === 0)) return [];
    const kept = keep && change.cannotKeep !== true;
    if (kept) file.set(path, change.before, `default until ${versionText(pack.version)}`);
    return [effectiveChange(change, versionText(pack.version), kept)];
  });
}

function effectiveChange(
  { after, before, effect, key }: DefaultChange,
  version: string,
  kept: boolean,
): EffectiveChange {
  return { version, key, before: String(before), after: kept ? String(before) : String(after), effect, kept };
}
