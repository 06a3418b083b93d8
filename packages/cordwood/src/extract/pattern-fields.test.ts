import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePatternReader, type PatternPart } from './pattern-fields.ts';

function captures(pattern: string, line: string, fields: readonly string[]): void {
  test(`${pattern} on ${line}`, () => {
    const parts = pattern
      .split(/(<\w+>)/)
      .filter((text) => text !== '')
      .map(
        (text): PatternPart =>
          /^<\w+>$/.test(text) ? { kind: 'capture', name: text.slice(1, -1) } : { kind: 'literal', text },
      );
    const found: string[] = [];
    compilePatternReader(parts)(line, (name, value) => found.push(`${name}=${value}`) > 0);
    assert.deepEqual(found, fields);
  });
}

captures('<ip> - <user> [<_>] "<method> <_>" <status>', '::1 - ann [20/Nov] "GET /a b" 200', [
  'ip=::1',
  'user=ann',
  'method=GET',
  'status=200',
]);
captures('level=<lvl> msg=<msg>', 'level="" msg=info and more', ['lvl=""', 'msg=info and more']);
captures('level=<lvl> msg=<msg>', 'x level=warn msg=x', []);
captures('step <n> done in <rest> minutes', 'step 13 done in 27 seconds', ['n=13', 'rest=27 seconds']);
captures('<first> <rest>', 'value=5', ['first=value=5']);
captures('<first> <rest>', 'trailing ', ['first=trailing', 'rest=']);
captures('/<route>/<id>', '/meters/3', ['route=meters', 'id=3']);
captures('<a>,<_>,<b>', 'é,x,☀', ['a=é', 'b=☀']);
captures('<a>', '', []);
captures('addr=<addr> port=<port>', 'addr= port=1', ['addr=', 'port=1']);
