import type { CommandGroup } from '../command.ts';
import { check } from './rules/check.ts';
import { diff } from './rules/diff.ts';
import { fmt } from './rules/fmt.ts';
import { list } from './rules/list.ts';
import { run } from './rules/run.ts';
import { sync } from './rules/sync.ts';

/** Sub-commands of `cordwood rules`, one file each under `rules/`, in the order in which help lists them. */
export const rules: CommandGroup = {
  name: 'rules',
  summary: 'Check, format and deploy alerting and recording rules.',
  describe: '`cordwood test` tests what they do.',
  commands: [check, fmt, list, diff, sync, run],
};
