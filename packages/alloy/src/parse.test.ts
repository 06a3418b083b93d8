import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './parse.ts';

/** `⏎` is a newline, `⇥` a tab; a final newline is added, as an editor would. */
function text(shorthand: string): string {
  return `${shorthand.replaceAll('⏎', '\n').replaceAll('⇥', '\t')}\n`;
}

/** Diagnostics as `line:column message`. */
function errors(shorthand: string): string[] {
  return parse({ name: 'a.alloy', text: text(shorthand) }).diagnostics.map((d) => `${d.line}:${d.column} ${d.message}`);
}

function refuses(shorthand: string, ...expected: string[]): void {
  test(`refuses ${shorthand}`, () => {
    assert.deepEqual(errors(shorthand), expected);
  });
}

/** Only the first message matters to compatibility; how a parser recovers is its own affair. */
function refusesFirst(shorthand: string, expected: string): void {
  test(`refuses ${shorthand}`, () => {
    assert.equal(errors(shorthand)[0], expected);
  });
}

function accepts(shorthand: string): void {
  test(`accepts ${shorthand}`, () => {
    assert.deepEqual(errors(shorthand), []);
  });
}

refuses('a = 1 b = 2', '1:7 expected TERMINATOR, got IDENT');
refuses('a = 0x10', '1:6 expected TERMINATOR, got IDENT');
refuses('a = 1_000', '1:6 expected TERMINATOR, got IDENT');
accepts('a = 08');
accepts('a = 1.');
accepts('a = .5');
accepts('a = 1.5e-3');
refuses('a = 1e', '1:5 exponent has no digits');
refuses("a = 'x'", '1:5 illegal single-quoted string; use double quotes', '1:5 expected expression, got ILLEGAL');
refuses('a = "x', '1:5 string literal not terminated');
refuses('a = "\\q"', '1:7 unknown escape sequence');
refuses('a = "\\\'"', '1:7 unknown escape sequence');
refuses('a = "\\x4g"', "1:9 illegal character U+0067 'g' in escape sequence");
refuses('a = "\\ud800"', '1:7 escape sequence is invalid Unicode code point');
refuses('a = "\\400"', '1:7 escape sequence is invalid Unicode code point');
refusesFirst('a = <<EOF⏎x⏎EOF', '1:5 expected expression, got <');
refuses('# c', "1:1 illegal character U+0023 '#'", '1:1 expected identifier, got ILLEGAL');
refuses('/* open', '1:1 block comment not terminated');
refuses('a = [⏎⇥1,⏎⇥2⏎]', "3:3 missing ',' in expression list");
refuses('a = f(⏎⇥1,⏎⇥2⏎)', "3:3 missing ',' in expression list");
refusesFirst('a = {x = 1⏎y = 2}', "1:11 missing ',' in field list");
refuses('a = [1 2]', "1:8 missing ',' in expression list");
refuses('a = f(1 2)', "1:9 missing ',' in expression list");
refuses('a = {1 = 2}', '1:6 expected field name (string or identifier), got NUMBER');
refuses('a = 1⏎⇥+ 2', '2:2 expected identifier, got +');
refuses('a = "é" +', '2:1 expected expression, got EOF');
refuses('a = "é" "x"', '1:10 expected TERMINATOR, got STRING');
refuses('a.b = 1', '1:1 attribute names may only consist of a single identifier with no "."');
refuses('a "l" = 1', '1:3 attribute names may not have labels');
refuses('a `l` { }', '1:3 expected block label to be a double quoted string, but got "`l`"');
refuses('a "b-c" { }', '1:3 expected block label to be a valid identifier, but got "b-c"');
refuses('a b { }', '1:3 expected block label, got IDENT');
refuses('a { b = 1 c = 2 }', '1:11 expected TERMINATOR, got IDENT', '2:1 expected }, got EOF');
refuses('a = b "c" {}', '1:5 cannot use a block as an expression');
refuses('"a" = 1', '1:1 expected identifier, got STRING');
refuses('{ a = 1 }', '1:1 expected identifier, got {');
refuses('}', '1:1 expected identifier, got }');
refuses('b {⏎⇥a = 1', '3:1 expected }, got EOF');
refuses('a 1', '1:3 expected attribute assignment or block body, got NUMBER');
refuses('a.b 1', '1:5 expected block body, got NUMBER');
refusesFirst('a = ⏎b = 2', '2:3 expected TERMINATOR, got =');
refuses(
  'a = 1⏎b = @⏎c = 3⏎d = =',
  "2:5 illegal character U+0040 '@'",
  '2:5 expected expression, got ILLEGAL',
  '4:5 expected expression, got =',
);
accepts('a = true.b');
accepts('a = "x".y');
accepts('é = 1');
accepts('name =⏎"value"');
accepts('a = 1 +⏎2');
accepts('a { b = 1 }');
accepts('a = [1, // one⏎2, /* two */⏎]');
accepts('a = 1 /* to the end */⏎b = 2');
accepts('a = `raw⏎lines`');
accepts('a.b.c "label" { d { } }');
accepts('﻿a = 1');

test('an operator chain and deep nesting neither crash nor hang', () => {
  assert.match(errors(`a = ${'('.repeat(100_000)}`)[0]!, /nested too deeply/);
  assert.match(errors(`a = ${'-'.repeat(100_000)}1`)[0]!, /nested too deeply/);
  assert.match(errors('a {\n'.repeat(10_000))[0]!, /nested too deeply/);
});
