import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Batches that could not be delivered, one file each, until a process delivers them: this one later, or the next one that is
 * given the folder. A file is claimed by renaming it, so that two processes do not send the same one; claims of processes that
 * are gone are released at start.
 */
export interface Spill {
  /** Keeps a batch. Throws when the disk refuses. */
  readonly keep: (lines: readonly string[]) => void;
  /** Claims the oldest batch. */
  readonly claim: () => Claimed | undefined;
  /** Batches dropped because the folder was full. */
  readonly droppedLines: () => number;
}
export interface Claimed {
  readonly lines: readonly string[];
  readonly delivered: () => void;
  readonly release: () => void;
}

const extension = '.jsonl';

export function openSpill(directory: string, bytesMax: number): Spill {
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  let sequence = 0;
  let dropped = 0;
  for (const name of readdirSync(directory)) {
    const claim = /^(.+\.jsonl)\.claimed-(\d+)$/.exec(name);
    if (claim !== null && !isAlive(Number(claim[2])))
      renameSync(join(directory, name), join(directory, claim[1] as string));
  }

  const waiting = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith(extension))
      .sort();

  /** Room for another file: the oldest ones go first, they are worth least. */
  function makeRoom(bytes: number): void {
    const files = waiting().map((name) => ({ name, size: statSync(join(directory, name)).size }));
    let total = files.reduce((sum, file) => sum + file.size, bytes);
    for (const file of files) {
      if (total <= bytesMax) return;
      const path = join(directory, file.name);
      dropped += countLines(readFileSync(path, 'utf8'));
      rmSync(path, { force: true });
      total -= file.size;
    }
  }

  return {
    droppedLines: () => dropped,
    keep(lines) {
      const text = `${lines.join('\n')}\n`;
      makeRoom(Buffer.byteLength(text));
      const name = `${String(Date.now()).padStart(15, '0')}-${process.pid}-${String(sequence++).padStart(6, '0')}${extension}`;
      const path = join(directory, name);
      writeFileSync(`${path}.tmp`, text, { mode: 0o640, flush: true });
      renameSync(`${path}.tmp`, path);
    },
    claim() {
      for (const name of waiting()) {
        const path = join(directory, name);
        const claimed = `${path}.claimed-${process.pid}`;
        try {
          renameSync(path, claimed);
        } catch {
          continue; // Another process was quicker.
        }
        return {
          lines: readFileSync(claimed, 'utf8')
            .split('\n')
            .filter((line) => line !== ''),
          delivered: () => rmSync(claimed, { force: true }),
          release: () => renameSync(claimed, path),
        };
      }
      return undefined;
    },
  };
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (failure) {
    return (failure as { code?: string }).code === 'EPERM';
  }
}
