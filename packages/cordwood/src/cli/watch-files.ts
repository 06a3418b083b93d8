import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Editors write a file in several steps; what comes within this time is one change. */
const settleMs = 100;

/**
 * Resolves when one of the files has changed, or the signal is given. Their folders are watched: an editor that saves by
 * renaming would end a watch on the file itself.
 */
export function fileChange(files: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const folders = [...new Set(files.map((file) => dirname(file)))].filter((folder) => existsSync(folder));
    let timer: NodeJS.Timeout | undefined;
    const watchers = folders.map((folder) =>
      watch(folder, () => {
        clearTimeout(timer);
        timer = setTimeout(end, settleMs);
      }),
    );
    function end(): void {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      signal.removeEventListener('abort', end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
