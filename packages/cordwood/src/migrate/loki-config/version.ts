import type { Version } from '../settings-file/rule-pack.ts';

/** The newest release line of 3. */
export const latest3: Version = [3, 7];

/** `2.9`, `2.9.2`, `3.x`, `4.0`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  if (/^v?3(\.x)?$/.test(text)) return latest3;
  const [, major, minor] = /^v?(\d)\.(\d{1,2})(?:\.\w+)?$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}
