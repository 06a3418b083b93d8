import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValuesPath } from '../../rendered-values.ts';

export const templateBraces: Check = {
  id: 'helm/template-braces',
  severity: 'error',
  title: 'No value of the Loki chart holds double braces',
  reason:
    'The chart sends limits, overrides and the gateway’s file through tpl: what looks like a template is executed by Helm, and line formats or alert texts break or vanish.',
  fix: 'Keep rules out of values; write a brace as {{ "{{" }} where it must be.',
  traps: ['T64', 'T65'],
  find: (input) =>
    ['helm/loki/values.yaml', ...clusters(input.platform).map(lokiValuesPath)].flatMap((path) =>
      (input.text(path) ?? '')
        .split('\n')
        .filter((line) => /\{\{(?! *" *\{\{)/.test(line) && !line.trimStart().startsWith('#'))
        .map((line) => ({
          message: `Helm would execute: ${line.trim().slice(0, 80)}`,
          at: 'patches',
          in: { path, text: line.trim() },
        })),
    ),
};
