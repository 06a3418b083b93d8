/**
 * Validation errors of one push as Loki reports them: equal texts are counted, several groups are joined with `; `.
 * Loki's order of groups is that of a Go map, that is none; here it is that of first appearance.
 */
export class GroupedErrors {
  readonly #counts = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  toString(): string {
    const several = this.#counts.size > 1;
    return [...this.#counts]
      .map(([text, count]) => (several || count > 1 ? `${count} errors like: ${text}` : text))
      .join('; ');
  }
}
