import type { Receipt } from '../../agent/receipt.ts';

/** The line of the input that an entry came from. It travels as the entry's receipt, through every stage that joins or splits. */
export class Origin implements Receipt {
  /** `/var/log/pods/…/0.log`, or `journal`. */
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** Component that read it. */
  readonly reader: string;

  constructor(source: string, line: number, reader: string) {
    this.source = source;
    this.line = line;
    this.reader = reader;
  }

  /** The same for both sides of a comparison. */
  get key(): string {
    return `${this.source}:${this.line}`;
  }

  hold(): void {}
  release(): void {}
}
