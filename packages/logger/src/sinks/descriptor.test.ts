import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDescriptorSink, type DescriptorOptions } from './descriptor.ts';

/** A target that takes `room` bytes, then says EAGAIN until there is room again. */
function target(options: Partial<DescriptorOptions> = {}) {
  let room = Number.POSITIVE_INFINITY;
  let broken: string | undefined;
  let text = '';
  let calls = 0;
  let waitedMs = 0;
  const turns: (() => void)[] = [];
  const dropped: number[] = [];
  const sink = createDescriptorSink({
    descriptor: 1,
    writer: {
      writeSync(_descriptor, bytes, offset) {
        calls++;
        if (broken !== undefined) throw Object.assign(new Error(broken), { code: broken });
        if (room <= 0) throw Object.assign(new Error('again'), { code: 'EAGAIN' });
        const taken = Math.min(bytes.length - offset, room);
        room -= taken;
        text += Buffer.from(bytes.subarray(offset, offset + taken)).toString('latin1');
        return taken;
      },
    },
    soon: (callback) => turns.push(callback),
    later: (callback) => turns.push(callback),
    wait: (ms) => {
      waitedMs += ms;
    },
    onDropped: (lines) => dropped.push(lines),
    ...options,
  });
  return {
    sink,
    dropped,
    text: () => text,
    calls: () => calls,
    waitedMs: () => waitedMs,
    room: (bytes: number) => {
      room = bytes;
    },
    breaks: (code: string | undefined) => {
      broken = code;
    },
    /** One turn of the event loop. */
    turn: () => {
      for (const callback of turns.splice(0)) callback();
    },
  };
}

const write = (at: ReturnType<typeof target>, ...lines: string[]) => {
  for (const line of lines) at.sink.write(line, 'info');
};

test('the lines of a turn are one system call', () => {
  const at = target();
  write(at, 'a', 'b', 'c');
  assert.equal(at.calls(), 0);
  at.turn();
  assert.deepEqual([at.text(), at.calls(), at.sink.statistics()], ['a\nb\nc\n', 1, { written: 3, dropped: 0 }]);
});

test('a full chunk does not wait for the turn', () => {
  const at = target();
  write(at, 'x'.repeat(70_000));
  assert.equal(at.text().length, 70_001);
});

test('a target that is full for a while loses nothing and keeps the order', async () => {
  const at = target();
  at.room(3);
  write(at, 'aaaa', 'bbbb');
  at.turn();
  write(at, 'cccc');
  const flushed = at.sink.flush();
  at.turn();
  assert.equal(at.text(), 'aaa');
  at.room(4);
  at.turn();
  at.room(Number.POSITIVE_INFINITY);
  at.turn();
  await flushed;
  assert.equal(at.text(), 'aaaa\nbbbb\ncccc\n');
  assert.deepEqual(at.sink.statistics(), { written: 3, dropped: 0 });
});

test('a full queue waits up to its bound, then drops the oldest, and says how many', () => {
  const at = target({ queueLengthMax: 20, blockTimeoutMs: 7 });
  at.room(0);
  write(at, '1234567');
  at.turn();
  write(at, '2234567');
  at.turn();
  write(at, '3234567', '4234567');
  at.turn();
  assert.ok(at.waitedMs() > 0 && at.waitedMs() <= 2 * 8, String(at.waitedMs()));
  at.room(Number.POSITIVE_INFINITY);
  at.turn();
  const { written, dropped } = at.sink.statistics();
  assert.equal(written + dropped, 4);
  assert.ok(dropped > 0 && at.text().endsWith('4234567\n'), at.text());
  assert.deepEqual(at.dropped, [dropped]);
});

test('drop-oldest does not wait', () => {
  const at = target({ queueLengthMax: 10, onFull: 'drop-oldest' });
  at.room(0);
  write(at, '12345');
  at.turn();
  write(at, '22345', '32345');
  assert.equal(at.waitedMs(), 0);
});

test('a broken target drops and counts, and works again', () => {
  const at = target();
  at.breaks('EPIPE');
  write(at, 'a', 'b');
  at.turn();
  at.breaks(undefined);
  write(at, 'c');
  at.turn();
  assert.deepEqual([at.text(), at.sink.statistics(), at.dropped], ['c\n', { written: 1, dropped: 2 }, [2]]);
});

test('the end of the process waits for a slow target, within a bound', () => {
  const at = target({
    wait: () => at.room(2),
  });
  at.room(0);
  write(at, 'abcdef');
  at.sink.flushSync();
  assert.equal(at.text(), 'abcdef\n');
  const stuck = target();
  stuck.room(0);
  write(stuck, 'x');
  stuck.sink.flushSync();
  assert.ok(stuck.waitedMs() <= 2_001);
});

test('after close lines are counted, not written', async () => {
  const at = target();
  write(at, 'a');
  await at.sink.close();
  write(at, 'b');
  at.turn();
  assert.deepEqual([at.text(), at.sink.statistics()], ['a\n', { written: 1, dropped: 1 }]);
});
