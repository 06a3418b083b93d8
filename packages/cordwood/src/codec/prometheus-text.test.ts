import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrometheusText } from './prometheus-text.ts';

function reads(line: string, expected: string, options = {}): void {
  test(line, () => {
    const { samples, error } = parsePrometheusText(`${line}\n`, options);
    assert.equal(error, undefined);
    const shown = samples!.map(
      ({ name, labels, value, timestampMs }) => `${name} ${JSON.stringify(labels)} ${value} ${timestampMs}`,
    );
    assert.deepEqual(shown, [expected]);
  });
}

function refuses(text: string, expected: RegExp): void {
  test(`refuses ${text}`, () => assert.match(parsePrometheusText(text).error ?? 'taken', expected));
}

reads('up 1', 'up [] 1 undefined');
reads('a:b_total{x="1",y="z"} 2.5e3 1395066363000', 'a:b_total [["x","1"],["y","z"]] 2500 1395066363000');
reads('a{x="q\\"\\\\\\n",} NaN', 'a [["x","q\\"\\\\\\n"]] NaN undefined');
reads('a{ x = "}" , y="," }\t+Inf', 'a [["x","}"],["y",","]] Infinity undefined');
reads('{"my.name",x="1"} -Inf', 'my.name [["x","1"]] -Infinity undefined');
reads('a{"my.label"="1"} 1', 'a [["my.label","1"]] 1 undefined');
reads('a_total{x="1"} 17 1520879607.789 # {id="KOO5S4vxi0o"} 0.67', 'a_total [["x","1"]] 17 1520879607789', {
  openMetrics: true,
});
reads('a_bucket{le="1"} 7 # {id="x"} 0.67', 'a_bucket [["le","1"]] 7 undefined', { openMetrics: true });
test('comments, blank lines, # EOF', () => {
  const text = '# HELP a b\n# TYPE a counter\n\na 1\n  b 2\n# EOF\nc 3\n';
  assert.deepEqual(
    parsePrometheusText(text).samples!.map(({ name }) => name),
    ['a', 'b'],
  );
});
refuses('a', /line 1: the value of a is no number/);
refuses('ok 1\na{x=1} 2', /line 2: the value of label x must be in double quotes/);
refuses('a{x="1" 2', /line 1: "," or "}" is expected/);
refuses('{x="1"} 2', /has no name/);
refuses('a 1 yesterday', /the time of a is no number/);
refuses('-a 1', /has no name/);
