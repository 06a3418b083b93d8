import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relabel } from '../extract/relabel.ts';
import { createLabels, printLabels } from '../model/labels.ts';
import { parseRelabelRules } from './relabel.ts';

/** [rules as written, what becomes of {app="shop", env="prod", port="80"}] */
const cases: readonly (readonly [rules: unknown[], expected: string | undefined])[] = [
  [[], '{app="shop", env="prod", port="80"}'],
  [[{ target_label: 'team', replacement: 'x' }], '{app="shop", env="prod", port="80", team="x"}'],
  [
    [{ source_labels: ['app', 'env'], regex: '(.*);(.*)', target_label: 'both', replacement: '$2-$1' }],
    '{app="shop", both="prod-shop", env="prod", port="80"}',
  ],
  [
    [{ source_labels: ['app'], regex: 'sho', target_label: 'x', replacement: 'y' }],
    '{app="shop", env="prod", port="80"}',
  ],
  [[{ source_labels: ['nope'], target_label: 'env' }], '{app="shop", port="80"}'],
  [[{ source_labels: ['env'], regex: 'prod', action: 'keep' }], '{app="shop", env="prod", port="80"}'],
  [[{ source_labels: ['env'], regex: 'dev', action: 'keep' }], undefined],
  [[{ source_labels: ['env'], regex: 'p.*', action: 'drop' }], undefined],
  [[{ source_labels: ['app'], target_label: 'env', action: 'keepequal' }], undefined],
  [[{ source_labels: ['app'], target_label: 'env', action: 'dropequal' }], '{app="shop", env="prod", port="80"}'],
  [[{ regex: 'p.*', action: 'labeldrop' }], '{app="shop", env="prod"}'],
  [[{ regex: 'app|env', action: 'labelkeep' }], '{app="shop", env="prod"}'],
  [
    [{ regex: '(a.*)', replacement: 'old_$1', action: 'labelmap' }],
    '{app="shop", env="prod", old_app="shop", port="80"}',
  ],
  [[{ source_labels: ['env'], target_label: 'env', action: 'Uppercase' }], '{app="shop", env="PROD", port="80"}'],
  [
    [{ source_labels: ['app'], target_label: 'shard', modulus: 8, action: 'hashmod' }],
    '{app="shop", env="prod", port="80", shard="5"}',
  ],
];
for (const [rules, expected] of cases)
  test(JSON.stringify(rules), () => {
    const parsed = parseRelabelRules(rules, 'rules');
    assert.equal(parsed.problems?.join(), undefined);
    const labels = relabel(createLabels({ app: 'shop', env: 'prod', port: '80' }), parsed.rules!, 'legacy');
    assert.equal(labels && printLabels(labels), expected);
  });

/** [rules as written, problems] */
const refused: readonly (readonly [rules: unknown, problem: string])[] = [
  ['x', 'rules must be a list'],
  [[{ action: 'explode', target_label: 'a' }], 'rules[0]: unknown relabel action "explode"'],
  [[{ regex: '(', target_label: 'a' }], 'rules[0]: error parsing regexp: missing closing ): `(`'],
  [[{ source_labels: ['a'] }], "rules[0]: relabel configuration for replace action requires 'target_label' value"],
  [[{ action: 'hashmod', target_label: 'a' }], 'rules[0]: relabel configuration for hashmod requires non-zero modulus'],
  [[{ action: 'drop', regexp: 'a' }], 'rules[0].regexp: there is no such setting'],
];
for (const [rules, problem] of refused)
  test(`refused: ${JSON.stringify(rules)}`, () =>
    assert.deepEqual(parseRelabelRules(rules, 'rules').problems, [problem]));
