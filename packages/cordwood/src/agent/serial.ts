/** Runs tasks one after another in the order in which they came. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // A task that fails is the business of who asked for it; the next one runs all the same.
    this.#last = result.catch(() => {});
    return result;
  }
}
