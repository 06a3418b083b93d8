import assert from 'node:assert/strict';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import { highlightPieces } from './highlight-pieces.ts';

test('labels, strings and functions have their colours', () => {
  const pieces = highlightPieces('rate({app=~"x"}[5m])', undefined).map(
    (piece) => `${piece.kind ?? '·'} ${piece.text}`,
  );
  assert.deepEqual(pieces, [
    'function rate',
    'punctuation (',
    'punctuation {',
    'label app',
    'operator =~',
    'string "x"',
    'punctuation }',
    'duration [5m]',
    'punctuation )',
  ]);
});

test('the pieces of any text are the text, and the mark covers exactly its place', () => {
  const words = [
    '{',
    '}',
    '"',
    '"x"',
    '`',
    'app',
    '=',
    '=~',
    '|',
    '|=',
    ' ',
    'json',
    '(',
    ')',
    '[5m]',
    '#',
    '\n',
    'é',
    '🙂',
    '\\',
  ];
  property(2000, (random) => {
    const text = Array.from({ length: random.int(16) }, () => random.pick(words)).join('');
    const start = random.int(text.length + 1);
    const wrong = { start, end: Math.min(text.length, start + random.int(6)) };
    const pieces = highlightPieces(text, wrong);
    assert.equal(pieces.map((piece) => piece.text).join(''), text);
    const marked = pieces
      .filter((piece) => piece.wrong)
      .map((piece) => piece.text)
      .join('');
    assert.equal(marked, text.slice(wrong.start, wrong.end));
  });
});
