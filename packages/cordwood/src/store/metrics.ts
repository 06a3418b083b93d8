/** One of Loki's metrics as the store counts it; api prints it. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Counters by their labels' values. */
export class Counter {
  readonly name: string;
  readonly help: string;
  readonly #labelNames: readonly string[];
  readonly #values = new Map<string, { labels: Record<string, string>; value: number }>();

  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.name = name;
    this.help = help;
    this.#labelNames = labelNames;
  }

  add(value: number, ...labelValues: readonly string[]): void {
    const key = labelValues.join('\0');
    let entry = this.#values.get(key);
    if (entry === undefined) {
      entry = { labels: Object.fromEntries(this.#labelNames.map((name, i) => [name, labelValues[i] ?? ''])), value: 0 };
      this.#values.set(key, entry);
    }
    entry.value += value;
  }

  read(): Metric {
    return { name: this.name, help: this.help, type: 'counter', samples: [...this.#values.values()] };
  }
}

export function gauge(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, help, type: 'gauge', samples };
}
