import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../world/random.ts';
import { stripAnsi } from './ansi.ts';

function strips(text: string, plain: string): void {
  test(JSON.stringify(text), () => assert.equal(stripAnsi(text), plain));
}

strips('plain', 'plain');
strips('\x1b[31mred\x1b[0m plain', 'red plain');
strips('\x1b[1;32;40mbold\x1b[m', 'bold');
strips('\x1b[38;5;208m====\x1b[48;2;10;20;30mpanel\x1b[0m\x1b[K', '====panel');
strips('\x1b[2Kclear \x1b[10;5Hmove', 'clear move');
strips('\x1b]0;title\x07text', 'text');
strips('\x1b(Bcharset', 'charset');
strips('\x9b31mC1\x9b0m', 'C1');
strips('lone \x1b esc', 'lone \x1b esc');
strips('\x1b', '\x1b');
strips('\x1b[0m', '');
strips('\x1b\x1b[1mx', '\x1bx');
strips('\x1b[31 x', ' x');
strips('\x1b[12345Xx', 'Xx');
strips('\x1b[?25lhidden', 'hidden');
strips('\x1b[;5mx', '5mx'.slice(2));

test('what the public pattern for ANSI sequences strips', () => {
  // ansi-regex (MIT), the pattern that the tools which strip colours share.
  const pattern =
    /[\u001B\u009B][[\]()#;?]*(?:(?:(?:[a-zA-Z\d]*(?:;[a-zA-Z\d]*)*)?\u0007)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~]))/g;
  const seed = 5;
  const random = seededRandom(seed);
  const pieces = [
    '\x1b',
    '\x9b',
    '[',
    ']',
    '(',
    ';',
    '?',
    '1',
    '31',
    '2026',
    'm',
    'K',
    'X',
    '\x07',
    ' ',
    'ab',
    '=',
    '#',
  ];
  for (let i = 0; i < 20_000; i++) {
    let text = '';
    for (let n = Math.floor(random() * 14); n >= 0; n--) text += pieces[Math.floor(random() * pieces.length)];
    assert.equal(stripAnsi(text), text.replace(pattern, ''), `seed ${seed}, turn ${i}: ${JSON.stringify(text)}`);
  }
});

test('a hostile line is read once', () => {
  const hostile = ['\x1b;;;;;;;;'.repeat(1 << 17), `\x1b${';'.repeat(1 << 20)} `, `${'\x1b[1;'.repeat(1 << 18)} `];
  for (const text of hostile) {
    // Time of this thread alone: the machine may be busy with others.
    const start = process.threadCpuUsage();
    stripAnsi(text);
    const { user, system } = process.threadCpuUsage(start);
    assert.ok(user + system < 500_000, `${user + system} microseconds`);
  }
});
