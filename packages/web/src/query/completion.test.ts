import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@cordwood/logql';
import { property } from '../../test/random.ts';
import { completionContext } from './completion-context.ts';
import { suggestionsFor } from './suggestions.ts';

/** `‸` marks the caret. */
function contextOf(marked: string) {
  const caret = marked.indexOf('‸');
  return completionContext(marked.replace('‸', ''), caret);
}

test('what may come next', () => {
  const f = (marked: string, expected: string | undefined) => {
    const context = contextOf(marked);
    const name = context && 'name' in context ? `:${context.name}` : '';
    assert.equal(context && `${context.kind}${name} "${context.typed}"`, expected, marked);
  };
  f('‸', 'start ""');
  f('su‸', 'start "su"');
  f('sum(ra‸', 'start "ra"');
  f('sum(rate({a="b"}[5m])) / ‸', 'start ""');
  f('{‸', 'labelName ""');
  f('{ser‸', 'labelName "ser"');
  f('{a="b", ser‸', 'labelName "ser"');
  f('{a="b‸', 'labelValue:a "b"');
  f('{a=~"b‸"}', 'labelValue:a "b"');
  f('{a=`b‸', 'labelValue:a "b"');
  f('{a="b"‸', undefined);
  f('{a‸="b"}', 'labelName "a"');
  f('{a="b"} ‸', undefined);
  f('{a="b"} | ‸', 'stage ""');
  f('{a="b"} | js‸', 'stage "js"');
  f('{a="b"} | json | sta‸', 'stage "sta"');
  f('{a="b"} | json | status="4‸', 'fieldValue:status "4"');
  f('{a="b"} |= "tex‸', undefined);
  f('{a="b"} | line_format "{{.x‸', undefined);
  f('{a="b"} | json | unwrap dur‸', 'fieldName "dur"');
  f('sum by (a, s‸', 'fieldName "s"');
  f('sum by (a) (rate({a="b"} | json [‸', 'duration ""');
  f('{a="b"} # a comment about {‸', undefined);
  f('{a="say \\"hi‸', 'labelValue:a "say \\"hi"');
});

test('the other matchers narrow the values', () => {
  const context = contextOf('{env="p", team=~`x|y`, bad, service="s‸');
  assert.deepEqual(context?.kind === 'labelValue' && context.others, [
    { name: 'env', operator: '=', value: 'p' },
    { name: 'team', operator: '=~', value: 'x|y' },
  ]);
});

test('at any place of any text there is an answer', () => {
  const pieces = [
    '{',
    '}',
    '"',
    '`',
    'a',
    '=',
    '=~',
    '|',
    '|=',
    ' ',
    'json',
    '(',
    ')',
    '[',
    '5m',
    ']',
    ',',
    'by',
    '#',
    '\n',
    '\\',
    'é',
  ];
  property(3000, (random) => {
    const text = Array.from({ length: random.int(14) }, () => random.pick(pieces)).join('');
    const caret = random.int(text.length + 1);
    const context = completionContext(text, caret);
    if (context) assert.ok(context.from <= caret && caret <= context.to && context.to <= text.length);
  });
});

const source = {
  labelNames: ['app', 'service_name', 'env'],
  values: ['api-gateway', 'say "x"', 'csrd-agent'],
  fields: ['status', 'duration_ms'],
};

function accepted(marked: string, pick: string): string {
  const text = marked.replace('‸', '');
  const context = contextOf(marked);
  assert.ok(context, marked);
  const suggestion = suggestionsFor(context, source, text).find((each) => each.label === pick);
  assert.ok(suggestion, `${pick} in ${marked}`);
  return text.slice(0, suggestion.from) + suggestion.insert + text.slice(suggestion.to);
}

test('accepting a suggestion writes what belongs there', () => {
  const f = (marked: string, pick: string, expected: string) => assert.equal(accepted(marked, pick), expected);
  f('{ser‸', 'service_name', '{service_name="');
  f('{ser‸="x"}', 'service_name', '{service_name="x"}');
  f('{app="‸', 'api-gateway', '{app="api-gateway"');
  f('{app="api‸"}', 'api-gateway', '{app="api-gateway"}');
  f('{app="‸"}', 'say "x"', '{app="say \\"x\\""}');
  f('{app="a"} | ‸', 'json', '{app="a"} | json');
  f('{app="a"} | ‸', 'status', '{app="a"} | status="');
  f('{app="a"} |‸', '|=', '{app="a"} |= "');
  f('rate({app="a"}[‸', '5m', 'rate({app="a"}[5m]');
  f('rate({app="a"}[‸])', '5m', 'rate({app="a"}[5m])');
  f('‸', 'rate', 'rate(');
  f('sum by (‸', 'status', 'sum by (status');
});

test('a query put together from suggestions is one', () => {
  let text = accepted('{‸', 'app');
  text = `${accepted(`${text}‸`, 'api-gateway')}} | `;
  text = `${accepted(`${text}‸`, 'json')} | `;
  text = `${accepted(`${text}‸`, 'status')}500"`;
  assert.equal(text, '{app="api-gateway"} | json | status="500"');
  assert.equal(parse(text).error, undefined);
});

test('best first: what begins with the typed text, then words in it', () => {
  const labels = suggestionsFor(contextOf('{app="a‸')!, source, '{app="a').map((each) => each.label);
  assert.deepEqual(labels, ['api-gateway', 'csrd-agent', 'say "x"']);
});
