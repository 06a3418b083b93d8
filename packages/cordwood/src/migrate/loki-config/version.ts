/** Versions of Loki by release line. */
export type LokiVersion = readonly [major: number, minor: number];

/** The newest release line of 3. */
export const latest3: LokiVersion = [3, 7];

/** `2.9`, `2.9.2`, `3.x`, `4.0`; undefined for anything else. */
export function parseVersion(text: string): LokiVersion | undefined {
  if (/^v?3(\.x)?$/.test(text)) return latest3;
  const [, major, minor] = /^v?(\d)\.(\d{1,2})(?:\.\w+)?$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

export function compareVersions(a: LokiVersion, b: LokiVersion): number {
  return a[0] - b[0] || a[1] - b[1];
}

export function versionText([major, minor]: LokiVersion): string {
  return `${major}.${minor}`;
}
