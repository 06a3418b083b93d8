import type { RulePack } from '../../settings-file/rule-pack.ts';
import { v30 } from './v3-0.ts';
import { minorPacks } from './v3-minor.ts';
import { v40 } from './v4-0.ts';

/** Every release that changes a configuration, oldest first. */
export const rulePacks: readonly RulePack[] = [v30, ...minorPacks, v40];
