import { spawn } from 'node:child_process';
import { type JournalEntry, parseJournalEntry } from './journal-entry.ts';

export interface JournalctlOptions {
  /** Folder of journal files; '' for the machine's own. */
  readonly directory: string;
  /** `FIELD=value` */
  readonly matches: readonly string[];
  /** Go on after this cursor, or from this time (milliseconds since the epoch). */
  readonly from: { readonly cursor: string } | { readonly sinceMs: number };
  /** PATH on which `journalctl` is looked up. */
  readonly path: string | undefined;
  readonly signal: AbortSignal;
  /** Entries in the order of the journal; the next ones are read when the promise is fulfilled. */
  onEntries(entries: readonly JournalEntry[]): Promise<void>;
  /** A line that is no entry. */
  onBadLine(line: string): void;
  /** What journalctl says on standard error. */
  onMessage(text: string): void;
}

/** A longer entry is no log entry: it is given up. */
const lineBytesMax = 64 * 1024 * 1024;

/**
 * Runs `journalctl --follow` until the signal aborts or it ends by itself. It is the reader that every systemd ships and the one that
 * knows its formats (compression, sealing, rotation), so there is no reader of ours. Resolves with the reason of the end.
 */
export async function followJournal(options: JournalctlOptions): Promise<string> {
  const child = spawn('journalctl', journalctlArguments(options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(options.path === undefined ? {} : { PATH: options.path }),
      SYSTEMD_PAGER: '',
      LC_ALL: 'C',
    },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      resolve(cause.code === 'ENOENT' ? 'journalctl is not installed' : cause.message),
    );
    child.once('close', (code, signal) => resolve(`journalctl ended with ${signal ?? `exit code ${code}`}`));
  });
  const stop = () => child.kill('SIGTERM');
  options.signal.addEventListener('abort', stop);
  if (options.signal.aborted) stop();
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    message = `${message}${part}`.slice(-1000);
    for (const line of part.split('\n')) if (line.trim() !== '') options.onMessage(line.trim());
  });
  try {
    await readLines(child.stdout, async (lines) => {
      const entries: JournalEntry[] = [];
      for (const line of lines) {
        const entry = parseJournalEntry(line);
        if (entry === undefined) options.onBadLine(line);
        else entries.push(entry);
      }
      if (entries.length > 0 && !options.signal.aborted) await options.onEntries(entries);
    });
  } catch (cause) {
    stop();
    message = (cause as Error).message;
  }
  const reason = await ended;
  options.signal.removeEventListener('abort', stop);
  return message === '' ? reason : `${reason}: ${message.trim().split('\n').at(-1)}`;
}

function journalctlArguments({ directory, from, matches }: JournalctlOptions): string[] {
  return [
    '--output=json',
    '--follow',
    // Otherwise only the last ten entries.
    '--no-tail',
    // Otherwise fields above 4096 bytes are null.
    '--all',
    ...(directory === '' ? [] : [`--directory=${directory}`]),
    'cursor' in from ? `--after-cursor=${from.cursor}` : `--since=@${Math.floor(from.sinceMs / 1000)}`,
    ...matches,
  ];
}

/** Hands on the whole lines of each block; a block is read only when the one before was taken. */
async function readLines(stream: NodeJS.ReadableStream, take: (lines: string[]) => Promise<void>): Promise<void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    const end = part.lastIndexOf(0x0a);
    if (end < 0) {
      rest.push(part);
      restBytes += part.length;
      if (restBytes > lineBytesMax) throw new Error(`an entry has more than ${lineBytesMax} bytes`);
      continue;
    }
    const text = Buffer.concat([...rest, part.subarray(0, end)]).toString('utf8');
    rest = [part.subarray(end + 1)];
    restBytes = part.length - end - 1;
    await take(text.split('\n').filter((line) => line !== ''));
  }
}
