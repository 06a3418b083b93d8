import assert from 'node:assert/strict';
import test from 'node:test';
import { orderStages } from './line/stage-order.ts';
import { parseQuery } from './parse-query.ts';
import { requiredLiterals } from './required-literals.ts';

/** Clauses as text: `a | b` one of them must be in the line, `a ?level` unless a label of that name comes from elsewhere. */
function literalsOf(query: string): string[] {
  const { expression } = parseQuery(query);
  assert.ok(expression !== undefined, query);
  const range = expression.kind === 'rangeAggregation' ? expression.range : undefined;
  const log = expression.kind === 'log' ? expression : range?.log;
  return requiredLiterals(orderStages(log!.stages), range?.unwrap).map(({ anyOf, unlessLabel }) => {
    const spelt = anyOf.filter((text) => text !== '\\u' && text !== '\ufffd');
    assert.equal(spelt.length === anyOf.length, unlessLabel === undefined, 'values may be spelt otherwise');
    return spelt.join(' | ') + (unlessLabel === undefined ? '' : ` ?${unlessLabel}`);
  });
}

function requires(query: string, expected: readonly string[]): void {
  test(`a line that passes ${query} has ${expected.length === 0 ? 'nothing certain' : expected.join(', ')}`, () => {
    assert.deepEqual(literalsOf(query), expected);
  });
}

// Line filters
requires('{a="b"} |= "error"', ['error']);
requires('{a="b"} |= "x" or "y"', ['x | y']);
requires('{a="b"} |= "x" or ""', []);
requires('{a="b"} != "error"', []);
requires('{a="b"} |= ip("1.2.3.4")', []);
requires('{a="b"} |> "<_>took<_> ms<_>"', ['took']);
requires('{a="b"} |~ "failed.*[0-9]{3}"', ['failed']);
requires('{a="b"} |~ "abc.*defgh"', ['defgh']);
requires('{a="b"} |~ "(?i)failed"', []);
requires('{a="b"} |~ "one|three"', ['one | three']);
requires('{a="b"} |~ "one|.*"', []);
// Labels that a parser takes out of the line
requires('{a="b"} | level="error"', []);
requires('{a="b"} | json | level="error"', ['error ?level', 'level ?level']);
requires('{a="b"} | json | level=~"error|warn"', ['error | warn ?level']);
requires('{a="b"} | json | level!="error"', []);
requires('{a="b"} | json | level=""', []);
requires('{a="b"} | json | level="error" or status=500', []);
requires('{a="b"} | json | level="error" and status=500', ['error ?level', 'level ?level', 'status ?status']);
requires('{a="b"} | json | user_id > 5', ['user ?user_id']);
requires('{a="b"} | json l="x.y" | l="error"', ['error ?l']);
requires('{a="b"} | json | level_extracted="error"', ['error ?level_extracted', 'level ?level_extracted']);
requires('{a="b"} | logfmt | msg="not found"', ['found ?msg', 'msg ?msg']);
requires('{a="b"} | json | __error__="JSONParserErr"', []);
requires('{a="b"} | json | label_format level="{{.x}}" | level="error"', []);
requires('{a="b"} | json | line_format "{{.x}}" |= "error"', []);
requires('{a="b"} | json |= "error"', ['error']);
requires('max_over_time({a="b"} | json | unwrap took [1m])', ['took ?took']);
