import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { PositionsFile, parsePositions, positionKey, printPositions, type StoredPosition } from './positions.ts';

const file = { device: 1, inode: 2, offset: 10, signature: { length: 4, hash: 'abcd' }, seenMs: 5 };

function read(text: string): StoredPosition[] {
  const result = parsePositions(text);
  assert.ok('positions' in result, 'error' in result ? result.error : '');
  return [...result.positions.values()];
}

test('what is written is read', () => {
  const positions: StoredPosition[] = [
    { path: '/var/log/a "b".log', labels: '{app="x\\"y", z="1"}', offset: '10', files: [{ ...file, offset: 3 }, file] },
    { path: '/é: #', labels: '{}', offset: '0', files: [] },
  ];
  assert.deepEqual(read(printPositions(positions)), positions);
  assert.deepEqual(read(printPositions([])), []);
});

test('the form that Alloy writes', () => {
  const text =
    'positions:\n    ? path: /tmp/a.log\n      labels: \'{app="x"}\'\n    : "12"\n    ? path: cursor-loki.source.journal.j\n      labels: \'{}\'\n    : s=abc\n';
  assert.deepEqual(
    read(text).map(({ path, labels, offset }) => [path, labels, offset]),
    [
      ['/tmp/a.log', '{app="x"}', '12'],
      ['cursor-loki.source.journal.j', '{}', 's=abc'],
    ],
  );
});

test('the flat form of Promtail', () => {
  assert.deepEqual(
    read('positions:\n  /a.log: "5"\n  /b.log: 7\n').map(({ path, labels, offset }) => [path, labels, offset]),
    [
      ['/a.log', '{}', '5'],
      ['/b.log', '{}', '7'],
    ],
  );
});

test('what is known of files is forgotten when somebody else has written the offset since', () => {
  const text = printPositions([{ path: '/a', labels: '{}', offset: '10', files: [file] }]);
  assert.equal(read(text)[0]!.files.length, 1);
  assert.equal(read(text.replace('"10"', '"11"'))[0]!.files.length, 0);
  assert.equal(read(text.replace(/# cordwood.*/, '# cordwood: {broken'))[0]!.files.length, 0);
});

for (const bad of ['positions: [', '- a', 'positions: 5', 'positions:\n  ? [1]\n  : "2"\n']) {
  test(`${JSON.stringify(bad)} is refused`, () => assert.ok('error' in parsePositions(bad)));
}

test('an empty file is none; a full disk is reported and tried again', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const messages: string[] = [];
  const positions = new PositionsFile(disk, '/data', (level, message) => messages.push(`${level} ${message}`));
  assert.equal(await positions.read(), undefined);
  const entry: StoredPosition = { path: '/a', labels: '{}', offset: '1', files: [] };
  disk.beforeOperation = (operation) => {
    if (operation === 'append') throw new Error('no space left');
  };
  await positions.write([entry]);
  assert.deepEqual(messages, ['error cannot write positions file']);
  disk.beforeOperation = undefined;
  await positions.write([entry]);
  assert.deepEqual((await positions.read())!.get(positionKey('/a', '{}')), entry);
});
