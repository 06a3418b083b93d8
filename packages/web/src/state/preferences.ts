/** How this person likes to read, kept in this browser. */
import type { Zone } from '../time/format-time.ts';

export interface Preferences {
  /** `system` follows the operating system. */
  readonly theme: 'system' | 'light' | 'dark';
  readonly zone: Zone;
  readonly wrap: boolean;
  /** `readable`: message first, fields behind it; `stored`: the line as it lies in the store. */
  readonly lines: 'readable' | 'stored';
  readonly tenant: string | undefined;
}

export const defaultPreferences: Preferences = {
  theme: 'system',
  zone: 'local',
  wrap: false,
  lines: 'readable',
  tenant: undefined,
};

export const preferencesKey = 'cordwood';

/** Reads what an earlier visit stored; anything odd in it counts as not said. */
export function parsePreferences(text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = parsed;
  } catch {
    // Someone else's text under our key.
  }
  const { theme, zone, wrap, lines, tenant } = stored;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : defaultPreferences.theme,
    zone: zone === 'utc' ? 'utc' : defaultPreferences.zone,
    wrap: typeof wrap === 'boolean' ? wrap : defaultPreferences.wrap,
    lines: lines === 'stored' ? 'stored' : defaultPreferences.lines,
    tenant: typeof tenant === 'string' && tenant !== '' ? tenant : undefined,
  };
}
