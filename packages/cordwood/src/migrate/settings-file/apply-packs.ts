import {
  compareVersions,
  type DefaultChange,
  type ReportChange,
  type RulePack,
  type Version,
  versionText,
} from './rule-pack.ts';
import { type Path, pathText } from './settings-file.ts';
import type { Subtree } from './subtree.ts';

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

export interface AppliedPacks {
  readonly changes: readonly ConfigChange[];
  readonly effective: readonly EffectiveChange[];
  /** What works in another way, by release. */
  readonly behaviour: readonly { readonly version: string; readonly text: string }[];
}

export interface ApplyOptions {
  readonly from: Version;
  readonly to: Version;
  /** Write the old value where a default changed. */
  readonly keepDefaults: boolean;
}

/** Changes a file by the packs of the releases behind `from` up to `to`; `after` may add to each. */
export function applyPacks(
  file: Subtree,
  all: readonly RulePack[],
  { from, keepDefaults, to }: ApplyOptions,
  after: (version: Version, report: ReportChange) => void = () => {},
): AppliedPacks {
  const changes: ConfigChange[] = [];
  const packs = all.filter(({ version }) => compareVersions(version, from) > 0 && compareVersions(version, to) <= 0);
  for (const pack of packs) {
    const report: ReportChange = (change) => {
      changes.push({ ...change, version: versionText(pack.version), ...file.placeOf(pathOf(change.key)) });
    };
    applyPack(file, pack, report);
    after(pack.version, report);
  }
  return {
    changes,
    effective: packs.flatMap((pack) => effectiveChanges(file, pack, keepDefaults)),
    behaviour: packs.flatMap(({ behaviour, version }) =>
      behaviour.map((text) => ({ version: versionText(version), text })),
    ),
  };
}

/** The inverse of `pathText`. */
function pathOf(key: string): Path {
  const parts = key.split(/\.|\[(\d+)\]\.?/).filter((part) => part !== undefined && part !== '');
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function applyPack(file: Subtree, pack: RulePack, report: ReportChange): void {
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

function moveKey(file: Subtree, path: Path, to: Path, why: string, report: ReportChange): void {
  const before = file.text(path);
  const taken = file.has(to);
  if (taken) file.remove(path);
  else file.move(path, to);
  const after = `${pathText(to)}: ${file.text(to)}`;
  const note = taken && file.text(to) !== before ? ' (it was there already, with another value)' : '';
  report({ severity: note === '' ? 'change' : 'warning', key: pathText(path), before, after, why: why + note });
}

function effectiveChanges(file: Subtree, pack: RulePack, keep: boolean): EffectiveChange[] {
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
