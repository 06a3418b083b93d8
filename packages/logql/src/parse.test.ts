import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comparable } from '../test/comparable.ts';
import { type Expression, parse } from './index.ts';

function refused(query: string, message: string): void {
  test(query.slice(0, 100), () => assert.equal(parse(query).error?.message, `parse error ${message}`));
}

describe('what may follow is named when there are at most four ways', () => {
  const cases: readonly (readonly [query: string, at: number, message: string])[] = [
    ['{', 2, 'unexpected $end, expecting IDENTIFIER or }'],
    ['{json="x"}', 2, 'unexpected json, expecting IDENTIFIER or }'],
    ['{a="b" c="d"}', 8, 'unexpected IDENTIFIER, expecting } or ,'],
    ['{a="b"} |= x', 12, 'unexpected IDENTIFIER, expecting STRING or ip'],
    ['{a="b"} |= "x" or', 18, 'unexpected $end, expecting STRING or ip'],
    ['{a="b"} |= ip ("x"', 19, 'unexpected $end, expecting )'],
    ['{a="b"} | regexp', 17, 'unexpected $end, expecting STRING'],
    ['{a="b"} | line_format x', 23, 'unexpected IDENTIFIER, expecting STRING'],
    ['{a="b"} | label_format', 23, 'unexpected $end, expecting IDENTIFIER'],
    ['{a="b"} | label_format a', 25, 'unexpected $end, expecting ='],
    ['{a="b"} | label_format a=', 26, 'unexpected $end, expecting IDENTIFIER or STRING'],
    ['{a="b"} | json a=', 18, 'unexpected $end, expecting STRING'],
    ['{a="b"} | logfmt a,', 20, 'unexpected $end, expecting IDENTIFIER'],
    ['{a="b"} | drop a=1', 18, 'unexpected NUMBER, expecting STRING'],
    ['{a="b"} | (', 12, 'unexpected $end, expecting IDENTIFIER or ('],
    ['{a="b"} | a=~1', 14, 'unexpected NUMBER, expecting STRING'],
    ['{a="b"} | a>+x', 14, 'unexpected IDENTIFIER, expecting NUMBER'],
    ['rate(', 6, 'unexpected $end, expecting NUMBER or { or ('],
    ['rate(({a="b"})', 15, 'unexpected $end, expecting RANGE'],
    ['rate({a="b"}[5m] offset', 24, 'unexpected $end, expecting DURATION'],
    ['rate({a="b"}[5m] offset 5m', 27, 'unexpected $end, expecting )'],
    ['rate by (a) ({a="b"}[5m])', 6, 'unexpected by, expecting ('],
    ['quantile_over_time(0.5 {a="b"}[5m])', 24, 'unexpected {, expecting ,'],
    [
      'sum_over_time({a="b"} | unwrap',
      31,
      'unexpected $end, expecting IDENTIFIER or BYTES_CONV or DURATION_CONV or DURATION_SECONDS_CONV',
    ],
    ['sum_over_time({a="b"} | unwrap x', 33, 'unexpected $end, expecting RANGE or |'],
    ['sum_over_time(({a="b"} | unwrap x', 34, 'unexpected $end, expecting RANGE or ) or |'],
    ['sum_over_time({a="b"} | unwrap x |', 35, 'unexpected $end, expecting IDENTIFIER or ('],
    ['sum_over_time(({a="b"})[5m] | json | unwrap x)', 31, 'unexpected json, expecting unwrap'],
    ['sum(rate({a="b"}[5m])) by', 26, 'unexpected $end, expecting ('],
    ['sum by (a (rate({a="b"}[5m]))', 11, 'unexpected (, expecting , or )'],
    ['sum by (a,) (rate({a="b"}[5m]))', 11, 'unexpected ), expecting IDENTIFIER'],
    ['vector(x)', 8, 'unexpected IDENTIFIER, expecting NUMBER'],
    ['vector(1', 9, 'unexpected $end, expecting )'],
    ['vector(1) + on', 15, 'unexpected $end, expecting ('],
    ['vector(1) * on(a) group_left (vector(1))', 31, 'unexpected VECTOR, expecting IDENTIFIER or )'],
    ['label_replace(vector(1), a', 26, 'unexpected IDENTIFIER, expecting STRING'],
    ['label_replace(vector(1), "a" "b"', 30, 'unexpected STRING, expecting ,'],
    ['variants(vector(1)) ({a="b"}[5m])', 21, 'unexpected (, expecting of'],
    ['variants(vector(1)) of {a="b"}', 24, 'unexpected {, expecting ('],
  ];
  for (const [query, column, message] of cases) refused(query, `at line 1, col ${column}: syntax error: ${message}`);
});

describe('and nothing is named when there are more, or when the construct could be complete', () => {
  const cases: readonly (readonly [query: string, at: number, message: string])[] = [
    ['{a="b"} x', 9, 'unexpected IDENTIFIER'],
    ['({a="b"}', 9, 'unexpected $end'],
    ['({a="b"}) | json', 11, 'unexpected |'],
    ['{a="b"} | a', 12, 'unexpected $end'],
    ['{a="b"} | a=', 13, 'unexpected $end'],
    ['{a="b"} | (a="b"', 17, 'unexpected $end'],
    ['{a="b"} | json a.b', 17, 'unexpected .'],
    ['sum(', 5, 'unexpected $end'],
    ['topk(3, ', 9, 'unexpected $end'],
    ['sum(1, 2', 9, 'unexpected $end'],
    ['vector(1) +', 12, 'unexpected $end'],
    ['vector(1) + bool', 17, 'unexpected $end'],
    ['rate({a="b"})', 13, 'unexpected )'],
    ['rate(({a="b"}', 14, 'unexpected $end'],
    ['variants(vector(1)', 19, 'unexpected $end'],
    ['(variants(vector(1)) of ({a="b"}[5m]))', 38, 'unexpected )'],
  ];
  for (const [query, column, message] of cases) refused(query, `at line 1, col ${column}: syntax error: ${message}`);
});

describe('tokens of which a part is read by hand have no line', () => {
  refused('{a="b"} == ', 'at line 1, col 12: syntax error: unexpected $end');
  refused('|=', 'at line 0, col 1: syntax error: unexpected |=');
  refused('{a="b"} | drop 5m', 'at line 0, col 16: syntax error: unexpected DURATION, expecting IDENTIFIER');
  refused('{a="b"} | drop 5KB', 'at line 0, col 16: syntax error: unexpected BYTES, expecting IDENTIFIER');
  refused('{a="b"} | drop --strict', 'at line 0, col 16: syntax error: unexpected FUNCTION_FLAG, expecting IDENTIFIER');
  refused('{a="b"}[5m]', 'at line 0, col 8: syntax error: unexpected RANGE');
});

describe('malformed tokens', () => {
  refused('{a="\\8"}', 'at line 1, col 4: invalid char escape');
  refused('{a="\\400"}', 'at line 1, col 4: invalid syntax');
  refused("{a='x'}", 'at line 1, col 4: syntax error: unexpected IDENTIFIER, expecting STRING');
  refused("{a='xy'}", 'at line 1, col 4: invalid char literal');
  refused('{a="b"} /* never closed', 'at line 1, col 9: comment not terminated');
  refused('vector(08)', "at line 1, col 8: invalid digit '8' in octal literal");
  refused('vector(1_)', "at line 1, col 8: '_' must separate successive digits");
  refused('vector(1e)', 'at line 1, col 8: exponent has no digits');
  refused('{a="b"} |= "x" "y', 'at line 1, col 16: literal not terminated');
});

describe('of several problems the one that Loki meets first', () => {
  refused('{a=~"("} |= "x', ': error parsing regexp: missing closing ): `(`');
  refused('{a=~"("} nonsense', ': error parsing regexp: missing closing ): `(`');
  refused('{} | regexp "x" | json |', ': invalid regexp parser: at least one named capture must be supplied');
  refused('topk(0, sum_over_time({}[1m]))', ': invalid parameter (must be greater than 0) topk(0');
  refused('sum(sum_over_time({}[1m])) + topk(rate({a="b"}[1m]))', ': invalid aggregation sum_over_time without unwrap');
  refused('vector(1) or 1 + 1', ': unexpected literal for right leg of logical/set binary operation (or): 2.000000');
  refused(
    'vector(1e999)',
    ': unable to parse vectorExpr as a float: strconv.ParseFloat: parsing "1e999": value out of range',
  );
  refused('0x10 + 1', ': unable to parse literal as a float: strconv.ParseFloat: parsing "0x10": invalid syntax');
  refused('{a="b"} | json + vector(1)', ': unexpected type for left leg of binary operation (+): *syntax.PipelineExpr');
  refused('vector(1) + {a="b"}', ': unexpected type for right leg of binary operation (+): *syntax.MatchersExpr');
  refused('sort_desc(vector(1)) by (a)', ": sort and sort_desc doesn't allow grouping by ");
  refused('{a="b"} |= "x" | json |~ "("', ': stage \'|= "x" |~ "("\' : error parsing regexp: missing closing ): `(`');
});

describe('what is accepted, and what it means', () => {
  const same = (left: string, right: string) =>
    test(`${left} is ${right}`, () =>
      assert.deepEqual(comparable(expressionOf(left)), comparable(expressionOf(right))));
  same('{a="b"} | x="1", y="2" or z="3"', '{a="b"} | x="1" and (y="2" or z="3")');
  same('{a="b"} | x="1" or y="2" and z="3"', '{a="b"} | x="1" or (y="2" and z="3")');
  same('{a="b"} | x="1" and y="2" or z="3"', '{a="b"} | (x="1" and y="2") or z="3"');
  same('{a="b"} != "x" or "y"', '{a="b"} != "x" != "y"');
  same('rate({a="b"}[5m] | json)', 'rate({a="b"} | json [5m])');
  same('rate(({a="b"} | json)[5m] offset 1h)', 'rate({a="b"} | json [5m] offset 1h)');
  same('rate((({a="b"}[5m])))', 'rate({a="b"}[5m])');
  same(
    'sum_over_time({a="b"}[5m] offset 1h | unwrap x | y="1")',
    'sum_over_time({a="b"} | unwrap x | y="1" [5m] offset 1h)',
  );
  same('SUM BY (x) (RATE({a="b"} | JSON [5m]))', 'sum by (x) (rate({a="b"} | json [5m]))');
  same('{a="b"} // Go\n /* comments */ |= "x"', '{a="b"} |= "x"');
  same('vector(1) + vector(2) * vector(3)', 'vector(1) + (vector(2) * vector(3))');
  same('vector(1) ^ vector(2) ^ vector(3)', 'vector(1) ^ (vector(2) ^ vector(3))');
  same('vector(1) - vector(2) - vector(3)', '(vector(1) - vector(2)) - vector(3)');
  same('(1 + 2) * 3 > 4', '1');
  same('{a="b"} | x > -1h30m', '{a="b"} | x > -90m');
  same('{a="b"} | x >= 1KiB', '{a="b"} | x >= 1024B');
  same('{rate="x", ip="y", bytes="z"}', '{ rate = "x" , ip = "y" , bytes = `z` }');
  same('sum by () (vector(1))', 'sum(vector(1))');
});

test('the empty selector is accepted where it is allowed', () => {
  assert.equal(parse('{}', { allowEmptySelector: true }).expression?.kind, 'log');
  assert.match(parse('{}').error!.message, /queries require at least one/);
});

test('stages are not checked where Loki does not', () => {
  assert.equal(parse('{a="b"} |~ "("', { checkStages: false }).error, undefined);
});

test('every node knows its place', () => {
  const query = 'sum by (x) (rate({a="b"} |= "y" | json | z > 5 [5m])) / 2';
  const division = expressionOf(query);
  assert.ok(division.kind === 'binaryExpression' && division.left.kind === 'vectorAggregation');
  const { left, right, span } = division;
  const inner = left.operand;
  assert.ok(inner.kind === 'rangeAggregation');
  const text = ({ start, end }: { start: number; end: number }) => query.slice(start, end);
  assert.equal(text(span), query);
  assert.equal(text(left.grouping!.span), 'by (x)');
  assert.equal(text(right.span), '2');
  assert.equal(text(inner.range.span), '{a="b"} |= "y" | json | z > 5 [5m]');
  assert.equal(text(inner.range.log.selector.span), '{a="b"}');
  assert.deepEqual(
    inner.range.log.stages.map((stage) => text(stage.span)),
    ['|= "y"', '| json', '| z > 5'],
  );
});

test('an error knows its place in several lines', () => {
  const { error } = parse('{a="b"}\n  |= "ü" x');
  assert.deepEqual([error?.line, error?.column, error?.span], [2, 10, { start: 17, end: 18 }]);
});

function expressionOf(query: string): Expression {
  const { expression, error } = parse(query);
  assert.equal(error?.message, undefined, query);
  return expression!;
}
