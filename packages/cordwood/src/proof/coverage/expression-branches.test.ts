import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@cordwood/logql';
import { expressionBranches } from './expression-branches.ts';

function branches(text: string, ...expected: string[]) {
  test(text, () => {
    const found = expressionBranches(parse(text).expression!);
    assert.deepEqual(
      found.map(({ text: shown, missing }) => [shown, missing.taken, missing.left].filter(Boolean).join(' / ')),
      expected,
    );
    for (const { all, taken } of found)
      for (const query of [all, taken]) assert.equal(parse(query).error, undefined, query);
  });
}

branches('rate({a="b"}[5m])');
branches('rate({a="b"}[5m]) > 0.5', '> 0.5 / never holds / always holds');
branches('count_over_time({a="b"}[5m]) > 0', '> 0 / never holds');
branches(
  'count_over_time({a="b"} |= "x" | json | l="y" [5m]) > bool 0',
  '|= "x" / lets no line pass / keeps no line out',
  '| l="y" / lets no line pass / keeps no line out',
);
branches(
  'sum(rate({a="b"}[5m])) or vector(0)',
  '(sum(rate({a="b"}[5m])) or vector(0.000000)) / the left side is never used / the right side is never used',
);
branches(
  'rate({a="b"}[5m]) unless rate({c="d"}[5m])',
  '(rate({a="b"}[5m]) unless rate({c="d"}[5m])) / never keeps anything / never leaves anything out',
);
