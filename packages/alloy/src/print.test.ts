import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './parse.ts';
import { format } from './print.ts';

function text(shorthand: string): string {
  return `${shorthand.replaceAll('⏎', '\n').replaceAll('⇥', '\t').replaceAll('␠', ' ')}\n`;
}

function prints(input: string, expected = input): void {
  test(`prints ${input}`, () => {
    const result = format({ name: 'a.alloy', text: text(input) });
    assert.deepEqual(result.diagnostics, []);
    assert.equal(result.text, text(expected));
    const again = format({ name: 'a.alloy', text: result.text });
    assert.equal(again.text, result.text, 'formatting twice changes nothing');
    assert.deepEqual(shape(result.text), shape(text(input)), 'the tree stays the same');
  });
}

/** The tree without positions. */
function shape(source: string): unknown {
  const positions = new Set(['start', 'end', 'open', 'close', 'operatorStart', 'nameSpan']);
  return JSON.parse(
    JSON.stringify(parse({ name: 'a', text: source }).file.body, (key, value) =>
      positions.has(key) ? undefined : value,
    ),
  );
}

prints('a = [1, 2,]', 'a = [1, 2]');
prints('a = 1 +⏎⇥2', 'a = 1 + 2');
prints('a =⏎⇥5', 'a = 5');
prints('a = (1 +⏎⇥2) * 3', 'a = (1 + 2) * 3');
prints('a = !true||false', 'a = !true || false');
prints('a = - -1', 'a = --1');
prints('a = x [ 1 ] . y ( 2 )', 'a = x[1].y(2)');
prints('a = {"k-1"=1,k2=2,}', 'a = {"k-1" = 1, k2 = 2}');
prints('a = { }', 'a = {}');
prints('a = [ ]', 'a = []');
prints('b{}', 'b { }');
prints('b {⏎⏎⏎}', 'b { }');
prints('a.b "" { }', 'a.b { }');
prints('b {⏎⇥// only comment⏎}');
prints('a = 1 // one⏎bbb = 2 // two⏎⏎c = 3', 'a   = 1 // one⏎bbb = 2 // two⏎⏎c = 3');
prints('a = 1⏎b = [⏎⇥2,⏎]⏎ccc = 3');
prints('aaa = 1⏎b = [⏎⇥2,⏎]⏎c = 3', 'aaa = 1⏎b   = [⏎⇥2,⏎]⏎c = 3');
prints('x { }⏎y { }', 'x { }⏎⏎y { }');
prints('a = 1⏎x { }⏎b = 2', 'a = 1⏎⏎x { }⏎b = 2');
prints('aa = 1⏎// own⏎b = 2⏎ccc = 3', 'aa = 1⏎// own⏎b   = 2⏎ccc = 3');
prints('﻿a = 1', 'a = 1');
prints('é = 1⏎ab = 2', 'é  = 1⏎ab = 2');
prints('a = /* c */ 1');
prints('a = `x⇥y`');
prints('a = "x⇥y"');
prints('a = `l1␠␠⏎l2`⏎bbb = 1');
prints('a=`l1⏎⇥⇥l2⏎`⏎bbb = 1', 'a = `l1⏎⇥⇥l2⏎`⏎bbb = 1');
prints('a { b = 1 }', 'a {⏎⇥b = 1⏎}');
prints('a = {x = 1}⏎bbbb = {yyyyy = 2}', 'a    = {x     = 1}⏎bbbb = {yyyyy = 2}');
prints('a = [{⏎b = 1,⏎ccc = 2,⏎}]', 'a = [{⏎⇥b   = 1,⏎⇥ccc = 2,⏎}]');
prints('a = [{⏎b = 1,⏎}, {⏎c = 2,⏎}]', 'a = [{⏎⇥b = 1,⏎}, {⏎⇥c = 2,⏎}]');
prints('a = [⏎{⏎b = 1,⏎},⏎2, 3,⏎]', 'a = [⏎⇥{⏎⇥⇥b = 1,⏎⇥},⏎⇥2, 3,⏎]');
prints('a = f(1,⏎g(2),⏎)', 'a = f(1,⏎⇥g(2),⏎)');
prints('a = [⏎1, // one⏎22, // two⏎// end⏎]', 'a = [⏎⇥1,  // one⏎⇥22, // two⏎⇥// end⏎]');
prints('a = [ // first⏎1,⏎]', 'a = [ // first⏎⇥1,⏎]');
prints('b { // why⏎a = 1⏎}', 'b { // why⏎⇥a = 1⏎}');
prints('a = 1⏎⏎⏎⏎b = 2', 'a = 1⏎⏎b = 2');
prints('// head⏎⏎// block⏎x "y" {⏎⏎⏎a = 1⏎⏎}⏎// tail', '// head⏎⏎// block⏎x "y" {⏎⇥a = 1⏎}⏎// tail');
prints('x { }⏎// about y⏎y { }', 'x { }⏎⏎// about y⏎y { }');
prints('a = 1 + // sum⏎2', 'a = 1 + // sum⏎⇥2');
prints('/* one */ /* two */⏎a = 1');
prints('a = 1 /* end */⏎b = 2');
prints('a = {⏎b = {⏎c = "x",⏎},⏎⏎dd = 1,⏎e = 2,⏎}', 'a = {⏎⇥b = {⏎⇥⇥c = "x",⏎⇥},⏎⏎⇥dd = 1,⏎⇥e  = 2,⏎}');
test('prints an empty file as one newline', () => assert.equal(format({ name: 'a', text: '' }).text, '\n'));

/** A random, valid file: every construct, with line breaks and comments wherever the language allows them. */
function randomFile(seed: number): string {
  let state = seed >>> 0;
  const random = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % limit;
  };
  let comments = 0;
  const space = () => ['', ' ', '  ', '\t', ` /* c${comments++} */ `][random(5)]!;
  const lineEnd = () =>
    [`\n`, '\n', '\n\n\n', ` // c${comments++}\n`, `\n// c${comments++}\n`, ` /* c${comments++} */\n`][random(6)]!;
  const maybeLine = () => (random(3) === 0 ? lineEnd() : space());
  const list = (open: string, close: string, depth: number, element: () => string) => {
    let out = open;
    const count = random(4);
    for (let i = 0; i < count; i++)
      out += `${maybeLine()}${element()}${space()}${i < count - 1 || random(2) === 0 ? ',' : ''}`;
    if (count > 0 && out.endsWith(',')) out += maybeLine();
    else if (count === 0 && depth > 0) out += space();
    return out + close;
  };
  const expression = (depth: number): string => {
    switch (depth > 3 ? random(6) : random(13)) {
      case 0:
        return `${random(100)}`;
      case 1:
        return '1.5e3';
      case 2:
        return '"q\\"\t\\\\uoted"';
      case 3:
        return '`raw \t \n  text `';
      case 4:
        return ['true', 'null'][random(2)]!;
      case 5:
        return `x${random(9)}`;
      case 6:
        return list('[', ']', depth, () => expression(depth + 1));
      case 7:
        return list(
          '{',
          '}',
          depth,
          () => `${['k', '"a b"'][random(2)]}${space()}=${maybeLine()}${expression(depth + 1)}`,
        );
      case 8:
        return `f${list('(', ')', depth, () => expression(depth + 1))}`;
      case 9:
        return `x.y${space()}[${maybeLine()}${expression(depth + 1)}${space()}]`;
      case 10:
        return `(${maybeLine()}${expression(depth + 1)}${space()})`;
      case 11:
        return `-${space()}(${expression(depth + 1)})`;
      default:
        return `(${expression(depth + 1)}${space()} ${['+', '&&', '^', '=='][random(4)]} ${maybeLine()}${expression(depth + 1)})`;
    }
  };
  const body = (depth: number): string => {
    let out = random(3) === 0 ? lineEnd() : '';
    for (let i = random(5); i > 0; i--) {
      if (depth < 3 && random(3) === 0) {
        out += `block.b${random(9)} ${['', '"label" '][random(2)]}{${lineEnd()}${body(depth + 1)}}${lineEnd()}`;
      } else out += `name${random(99)}${space()}=${maybeLine()}${expression(0)}${lineEnd()}`;
    }
    return out;
  };
  return body(0);
}

test('formatting random files keeps tree and comments, and is idempotent', () => {
  const first = Number(process.env['SEED'] ?? 1);
  for (let seed = first; seed < first + 1500; seed++) {
    const source = randomFile(seed);
    const once = format({ name: 'a', text: source });
    assert.deepEqual(once.diagnostics, [], `SEED=${seed}\n${source}`);
    const twice = format({ name: 'a', text: once.text! });
    assert.deepEqual(twice.diagnostics, [], `SEED=${seed}\n${source}\n---\n${once.text}`);
    assert.deepEqual(shape(once.text!), shape(source), `SEED=${seed}\n${source}\n---\n${once.text}`);
    assert.equal(twice.text, once.text, `SEED=${seed}\n${source}`);
    const comments = (text: string) => text.match(/c\d+/g)?.join() ?? '';
    assert.equal(comments(once.text!), comments(source), `SEED=${seed}\n${source}`);
  }
});
