import type { Check } from './check.ts';

/** Every check: one file each in checks/, one line here. */
export const checks: readonly Check[] = [];
