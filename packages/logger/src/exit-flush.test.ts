import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const index = new URL('./index.ts', import.meta.url).href;
const program = (body: string) => `
  import { setup } from ${JSON.stringify(index)};
  const logging = setup({ service: 's', environment: 'production' });
  const log = logging.getLogger();
  const many = (count) => { for (let i = 0; i < count; i++) log.info('line', { i }); };
  ${body}`;

/** Runs a program that logs and ends in its own way; its output and how it ended. */
function run(body: string): Promise<{ lines: string[]; code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '-e', program(body)],
      { maxBuffer: 1e8 },
      (_failure, stdout) =>
        resolve({ lines: stdout.split('\n').slice(0, -1), code: child.exitCode, signal: child.signalCode }),
    );
  });
}

async function loses(body: string, lines: number, end: { code?: number; signal?: string }) {
  const result = await run(body);
  assert.equal(result.lines.length, lines, body);
  for (const line of result.lines) JSON.parse(line);
  if (end.code !== undefined) assert.equal(result.code, end.code);
  if (end.signal !== undefined) assert.equal(result.signal, end.signal);
}

test('nothing is lost at a normal end, process.exit, a signal, an uncaught error', async () => {
  await Promise.all([
    loses('many(5000);', 5000, { code: 0 }),
    loses('many(5000); process.exit(3);', 5000, { code: 3 }),
    loses("many(5000); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9e3);", 5000, { signal: 'SIGTERM' }),
    loses('many(10); throw new Error("boom");', 11, { code: 1 }),
    loses('many(10); Promise.reject(new Error("boom"));', 11, { code: 1 }),
    loses(
      "process.on('SIGTERM', () => { many(5); process.exit(0); }); many(10); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9e3);",
      15,
      { code: 0 },
    ),
  ]);
});

test('an uncaught error is the last line, as fatal', async () => {
  const { lines } = await run('throw new TypeError("boom for bob@x.org");');
  const record = JSON.parse(lines.at(-1) as string);
  assert.deepEqual(
    [record.level, record.event, record.error.type, record.error.message],
    ['FATAL', 'uncaught_exception', 'TypeError', 'boom for [REDACTED_EMAIL]'],
  );
});

test('a reader that stops does not stop the program, and one that comes back gets the rest', async () => {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program(`many(20_000); process.stderr.write('done');`)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child.stdout.pause();
  await once(child.stderr, 'data');
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  child.stdout.resume();
  await once(child, 'close');
  assert.equal(text.split('\n').length - 1, 20_000);
});
