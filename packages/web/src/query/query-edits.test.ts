import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Expression, parse, print } from '@cordwood/logql';
import { property, type Random } from '../../test/random.ts';
import { correlationQueries, isCorrelationName } from './correlation-query.ts';
import { type ClickedField, filterByField } from './field-filter.ts';
import { chooseLevels, chosenLevels } from './level-filter.ts';
import { lineMarks } from './line-marks.ts';
import { chooseValues, chosenValues, escapeRegex, literalsOfRegex } from './selector-edit.ts';
import { skipErrors } from './skip-errors.ts';
import { volumeQuery } from './volume-query.ts';

function read(text: string): Expression {
  const { expression, error } = parse(text);
  assert.ok(expression, `${text}: ${error?.message}`);
  return expression;
}

/** Applies an edit to a text; what comes out must parse and print as itself. */
function edited(text: string, edit: (expression: Expression) => Expression): string {
  const out = print(edit(read(text)));
  assert.equal(print(read(out)), out);
  return out;
}

test('choosing services edits one matcher and leaves the rest', () => {
  const f = (text: string, services: string[], expected: string) =>
    assert.equal(
      edited(text, (e) => chooseValues(e, 'service_name', services)),
      expected,
    );
  f('{service_name=~".+"}', ['a'], '{service_name="a"}');
  f('{service_name="a", env="p"} |= "x"', ['a', 'b.c'], '{service_name=~"a|b\\\\.c", env="p"} |= "x"');
  f('{service_name="a", env="p"}', [], '{env="p"}');
  f('{service_name="a", env!="p"}', [], '{service_name=~".+", env!="p"}');
  f('{env="p"}', ['a'], '{env="p", service_name="a"}');
  f('{service_name="a", service_name!="b"}', ['c'], '{service_name="c"}');
  f(
    'sum(rate({service_name="a"}[5m])) / sum(rate({env="p"}[5m]))',
    ['c'],
    '(sum(rate({service_name="c"}[5m])) / sum(rate({env="p", service_name="c"}[5m])))',
  );
});

test('what is chosen is read back', () => {
  const f = (text: string, expected: readonly string[] | undefined) =>
    assert.deepEqual(chosenValues(read(text), 'service_name'), expected, text);
  f('{service_name="a"}', ['a']);
  f('{service_name=~"a|b\\\\.c"}', ['a', 'b.c']);
  f('{service_name=~".+"}', []);
  f('{env="p"}', []);
  f('{service_name=~"a.*"}', undefined);
  f('{service_name!="a", env="p"}', undefined);
  f('1 + 1', []);
});

test('any set of services survives being chosen, also through the text', () => {
  property(300, (random) => {
    const services = [...new Set(Array.from({ length: random.int(4) }, () => oddText(random)))].filter(
      (each) => each !== '',
    );
    const text = edited('{service_name=~".+"}', (e) => chooseValues(e, 'service_name', services));
    assert.deepEqual(chosenValues(read(text), 'service_name'), services);
  });
});

function oddText(random: Random): string {
  return Array.from({ length: random.int(8) }, () => random.pick([...'ab-_.|*+?()[]{}^$\\"\'`/ é日\n\t'])).join('');
}

test('an escaped text is a regular expression of itself', () => {
  property(500, (random) => {
    const text = oddText(random);
    assert.ok(new RegExp(`^(?:${escapeRegex(text)})$`).test(text));
    assert.deepEqual(literalsOfRegex(escapeRegex(text)), [text]);
  });
});

test('levels stand right behind the selector', () => {
  const f = (text: string, levels: string[], expected: string) => {
    const out = edited(text, (e) => chooseLevels(e, levels));
    assert.equal(out, expected);
    assert.deepEqual(chosenLevels(read(out)), levels);
  };
  f('{a="b"} |= "x"', ['error'], '{a="b"} | detected_level="error" |= "x"');
  f('{a="b"} | detected_level="error" |= "x"', ['error', 'warn'], '{a="b"} | detected_level=~"error|warn" |= "x"');
  f('{a="b"} | json | detected_level=~"error|warn"', [], '{a="b"} | json');
  f('sum(count_over_time({a="b"}[1m]))', ['error'], 'sum(count_over_time({a="b"} | detected_level="error"[1m]))');
});

const clicked = (from: ClickedField['from'], value: string, exclude = false): ClickedField => ({
  from,
  value,
  exclude,
});
const label = (name: string) => ({ kind: 'streamLabel', name }) as const;
const entry = (name: string) => ({ kind: 'entryLabel', name }) as const;
const field = (...path: (string | number)[]) =>
  ({ kind: 'lineField', format: 'json', path, taken: new Set(['level']) }) as const;

test('a click on a stream label edits the selector', () => {
  const f = (text: string, click: ClickedField, expected: string) =>
    assert.equal(
      edited(text, (e) => filterByField(e, click)),
      expected,
    );
  f('{a="b"}', clicked(label('c'), 'd'), '{a="b", c="d"}');
  f('{a="b", c="d"}', clicked(label('c'), 'd'), '{a="b", c="d"}');
  f('{a="b"}', clicked(label('c'), 'd', true), '{a="b", c!="d"}');
  f('{a="b", c!="d"}', clicked(label('c'), 'd'), '{a="b", c="d"}');
  f('{a="b"}', clicked(label('a'), 'b', true), '{a!="b", a=~".+"}');
  f('sum by (c)(rate({a="b"}[5m]))', clicked(label('c'), 'say "x"'), 'sum by (c)(rate({a="b", c="say \\"x\\""}[5m]))');
});

test('a click on metadata or a parsed label adds a filter', () => {
  const f = (text: string, click: ClickedField, expected: string) =>
    assert.equal(
      edited(text, (e) => filterByField(e, click)),
      expected,
    );
  f('{a="b"}', clicked(entry('trace_id'), '7f'), '{a="b"} | trace_id="7f"');
  f('{a="b"} | trace_id="7f"', clicked(entry('trace_id'), '7f', true), '{a="b"} | trace_id!="7f"');
  f('{a="b"} | json | x="1"', clicked(entry('x'), '1'), '{a="b"} | json | x="1"');
});

test('a click on a field of the line brings the parser it needs', () => {
  const f = (text: string, click: ClickedField, expected: string) =>
    assert.equal(
      edited(text, (e) => filterByField(e, click)),
      expected,
    );
  f('{a="b"}', clicked(field('status'), '500'), '{a="b"} | json | status="500"');
  f('{a="b"} | json', clicked(field('http', 'status-code'), '500'), '{a="b"} | json | http_status_code="500"');
  f(
    '{a="b"} | json | line_format "{{.x}}"',
    clicked(field('y'), '1'),
    '{a="b"} | json | line_format "{{.x}}" | json | y="1"',
  );
  f('{a="b"}', clicked(field('level'), 'INFO'), '{a="b"} | json | level_extracted="INFO"');
  f(
    '{a="b"}',
    clicked(field('checks', 0, 'rule'), 'ets'),
    '{a="b"} | json checks_0_rule="checks[0].rule" | checks_0_rule="ets"',
  );
  f('{a="b"} | json x="y"', clicked(field('status'), '5'), '{a="b"} | json x="y" | json | status="5"');
  const logfmt = { kind: 'lineField', format: 'logfmt', path: ['took'], taken: new Set<string>() } as const;
  f('{a="b"}', clicked(logfmt, '5ms', true), '{a="b"} | logfmt | took!="5ms"');
});

test('the volume counts what the query finds, whatever its parsers say', () => {
  const f = (text: string, expected: string) => {
    const log = read(text);
    assert.ok(log.kind === 'log');
    const out = print(volumeQuery(log, 30_000));
    assert.equal(out, expected);
    read(out);
  };
  f('{a="b"} |= "x"', 'sum by (level,detected_level)(count_over_time({a="b"} |= "x"[30s]))');
  f(
    '{a="b"} | json | s="5"',
    'sum by (level,detected_level)(count_over_time({a="b"} | json | s="5" | drop __error__[30s]))',
  );
});

test('an id is looked for in the line and in structured metadata; odd ids stay text', () => {
  for (const id of ['req-1', 'say "x" | drop y', 'a\\b`c`', 'ü\n']) {
    const [line, metadata] = correlationQueries(id).map((query) => print(query));
    const first = read(line!);
    assert.ok(first.kind === 'log' && first.stages[0]?.kind === 'lineFilter');
    assert.equal(first.stages[0].operands[0]!.text, id);
    assert.match(metadata!, /trace_id=.* or .*request_id=/s);
    read(metadata!);
  }
  const yes = [
    'trace_id',
    'request_id',
    'http.request_id',
    'X-Request-ID',
    'traceId',
    'correlationId',
    'span_id',
    'traceID',
  ];
  const no = ['id', 'user_id', 'tenant_id', 'idempotency', 'retrace_idea'];
  assert.deepEqual([...yes, ...no].filter(isCorrelationName), yes);
});

test('errors of parsers can be left out', () => {
  assert.equal(edited('sum(rate({a="b"} | json[1m]))', skipErrors), 'sum(rate({a="b"} | json | __error__=""[1m]))');
});

test('what the line filters look for is marked', () => {
  assert.deepEqual(lineMarks(read('{a="b"} |= "one" or "two" != "three" |~ "fo+" |= ip("10.0.0.1") |= "x"')), [
    'one',
    'two',
  ]);
  assert.deepEqual(lineMarks(read('rate({a="b"} |= "one"[1m])')), []);
});
