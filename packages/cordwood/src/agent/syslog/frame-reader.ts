/**
 * Cuts a stream into messages (RFC 6587). A message that begins with a digit is counted (`5 hello`), one that begins with `<` goes to the
 * next newline (or NUL). With `counted` false every message goes to the delimiter.
 */
export class FrameReader {
  readonly #messageBytesMax: number;
  readonly #delimiters: readonly number[];
  readonly #counted: boolean;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of a message that is too long are passed over up to its end. */
  #skipping = false;
  /** Messages that were too long and are passed over. */
  tooLong = 0;

  constructor(messageBytesMax: number, { counted = true, delimiters = [newline] } = {}) {
    this.#messageBytesMax = messageBytesMax;
    this.#counted = counted;
    this.#delimiters = delimiters;
  }

  /** Messages that are complete now. With an error the stream has no known frame any more, and must be closed. */
  read(part: Buffer): { readonly messages: string[]; readonly error?: string } {
    this.#rest = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    const messages: string[] = [];
    while (this.#rest.length > 0) {
      const first = this.#rest[0]!;
      if (!this.#skipping && this.#counted && first >= 0x30 && first <= 0x39) {
        const frame = this.#countedFrame();
        if (frame === undefined) break;
        if ('error' in frame) return { messages, error: frame.error };
        if (frame.text !== '') messages.push(frame.text);
        continue;
      }
      if (!this.#skipping && this.#counted && first !== lessThan && !isBlank(first))
        return { messages, error: `a message begins with neither < nor a length` };
      const end = this.#delimiterAt();
      if (end < 0) {
        if (this.#rest.length > this.#messageBytesMax) this.#passOver(this.#rest.length);
        break;
      }
      const message = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end + 1);
      if (this.#skipping) this.#skipping = false;
      else if (message.length > this.#messageBytesMax) this.tooLong++;
      else this.#push(messages, message);
    }
    return { messages };
  }

  /** What is left when the stream ends. */
  end(): string[] {
    const messages: string[] = [];
    const isCounted = this.#counted && this.#rest[0] !== lessThan;
    if (!this.#skipping && !isCounted) this.#push(messages, this.#rest);
    this.#rest = Buffer.alloc(0);
    return messages;
  }

  #push(messages: string[], message: Buffer): void {
    const text = message.toString('utf8').replace(/[\r\n\0]+$/, '');
    if (text.trim() !== '') messages.push(text);
  }

  #passOver(bytes: number): void {
    if (!this.#skipping) this.tooLong++;
    this.#skipping = true;
    this.#rest = this.#rest.subarray(bytes);
  }

  /** Undefined: more bytes are needed. */
  #countedFrame(): { text: string } | { error: string } | undefined {
    const blank = this.#rest.indexOf(0x20);
    const digits = this.#rest.toString('latin1', 0, blank < 0 ? Math.min(this.#rest.length, 11) : Math.min(blank, 11));
    if (!/^[1-9]\d{0,9}$/.test(digits)) return { error: `${JSON.stringify(digits)} is no length of a message` };
    if (blank < 0) return undefined;
    const length = Number(digits);
    if (length > this.#messageBytesMax)
      return { error: `a message of ${length} bytes is longer than ${this.#messageBytesMax}` };
    if (this.#rest.length < blank + 1 + length) return undefined;
    const messages: string[] = [];
    this.#push(messages, this.#rest.subarray(blank + 1, blank + 1 + length));
    this.#rest = this.#rest.subarray(blank + 1 + length);
    // Senders that count put a newline behind all the same.
    while (this.#rest.length > 0 && isBlank(this.#rest[0]!)) this.#rest = this.#rest.subarray(1);
    return { text: messages[0] ?? '' };
  }

  #delimiterAt(): number {
    const found = this.#delimiters.map((delimiter) => this.#rest.indexOf(delimiter)).filter((at) => at >= 0);
    return found.length === 0 ? -1 : Math.min(...found);
  }
}

const newline = 0x0a;
const lessThan = 0x3c;

function isBlank(byte: number): boolean {
  return byte === newline || byte === 0x0d || byte === 0x20 || byte === 0;
}
