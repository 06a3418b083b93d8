/** Runs before the first paint, so that a chosen theme does not flash in the other one. */
import { parsePreferences, preferencesKey } from './state/preferences.ts';

let stored: string | null = null;
try {
  stored = localStorage.getItem(preferencesKey);
} catch {
  // Storage is switched off in this browser: the system's theme it is.
}
const { theme } = parsePreferences(stored);
if (theme !== 'system') document.documentElement.dataset['theme'] = theme;
