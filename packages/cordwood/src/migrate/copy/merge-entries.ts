import type { ReadEntry, StreamPage } from './read-stream.ts';

/** Several streams of pages, each in the order of time, as one list of entries in the order of time. */
export async function* mergeEntries(sources: readonly AsyncIterable<StreamPage>[]): AsyncGenerator<ReadEntry> {
  const cursors = sources.map((source) => new PageCursor(source));
  await Promise.all(cursors.map((cursor) => cursor.fill()));
  for (;;) {
    let first: PageCursor | undefined;
    for (const cursor of cursors) {
      if (cursor.head === undefined) continue;
      if (first === undefined || cursor.head.timestampNs < first.head!.timestampNs) first = cursor;
    }
    if (first === undefined) return;
    yield first.head!;
    // A page holds thousands of entries: only at its end there is something to wait for.
    if (!first.step()) await first.fill();
  }
}

/** Walks the entries of a stream of pages. */
class PageCursor {
  head: ReadEntry | undefined;
  #page: readonly ReadEntry[] = [];
  #at = 0;
  readonly #pages: AsyncIterator<StreamPage>;

  constructor(source: AsyncIterable<StreamPage>) {
    this.#pages = source[Symbol.asyncIterator]();
  }

  /** Moves on inside the page; false at its end, and then `fill` brings the next. */
  step(): boolean {
    this.head = this.#page[++this.#at];
    return this.head !== undefined;
  }

  /** The next page with entries; afterwards `head` is undefined when there is none. */
  async fill(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#pages.next();
      if (done) {
        this.head = undefined;
        return;
      }
      if (value.entries.length === 0) continue;
      this.#page = value.entries;
      this.#at = 0;
      this.head = this.#page[0];
      return;
    }
  }
}
