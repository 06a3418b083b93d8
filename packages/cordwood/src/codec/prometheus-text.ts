/**
 * The text format of Prometheus' /metrics (https://prometheus.io/docs/instrumenting/exposition_formats/), and what OpenMetrics adds to it as
 * far as samples go: times in seconds, exemplars (left out), `# EOF`.
 */
export interface ExposedSample {
  readonly name: string;
  /** In the order of the text, without the name. */
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  /** Undefined when the text gives none. */
  readonly timestampMs: number | undefined;
}

export type ParsePrometheusTextResult =
  | { readonly samples: readonly ExposedSample[]; readonly error?: undefined }
  | { readonly error: string; readonly samples?: undefined };

class TextFailure extends Error {}

/** One line that is wrong makes the whole text wrong, as for Prometheus. */
export function parsePrometheusText(text: string, { openMetrics = false } = {}): ParsePrometheusTextResult {
  const samples: ExposedSample[] = [];
  let lineNumber = 0;
  try {
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(start, end).trim();
      start = end + 1;
      lineNumber++;
      if (line === '# EOF') break;
      if (line !== '' && !line.startsWith('#')) samples.push(new SampleReader(line, openMetrics).read());
    }
  } catch (cause) {
    if (!(cause instanceof TextFailure)) throw cause;
    return { error: `line ${lineNumber}: ${cause.message}` };
  }
  return { samples };
}

const bareName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const blanks = /[ \t]*/y;
const word = /[^ \t]+/y;

class SampleReader {
  readonly #line: string;
  readonly #openMetrics: boolean;
  #at = 0;

  constructor(line: string, openMetrics: boolean) {
    this.#line = line;
    this.#openMetrics = openMetrics;
  }

  read(): ExposedSample {
    let name = this.#take(bareName) ?? '';
    const labels: [string, string][] = [];
    if (this.#line[this.#at] === '{') name = this.#labels(labels) ?? name;
    if (name === '') throw new TextFailure('a sample has no name');
    this.#take(blanks);
    const value = parseValue(this.#take(word) ?? '');
    if (value === undefined) throw new TextFailure(`the value of ${name} is no number`);
    this.#take(blanks);
    return { name, labels, value, timestampMs: this.#timestamp(name) };
  }

  /** The name, when it stands quoted among the labels. */
  #labels(labels: [string, string][]): string | undefined {
    let name: string | undefined;
    this.#at++;
    for (;;) {
      this.#take(blanks);
      if (this.#line[this.#at] === '}') break;
      const own = this.#take(labelName) ?? this.#quoted();
      if (own === undefined) throw new TextFailure('a label name is expected');
      this.#take(blanks);
      if (this.#line[this.#at] === '=') {
        this.#at++;
        this.#take(blanks);
        const value = this.#quoted();
        if (value === undefined) throw new TextFailure(`the value of label ${own} must be in double quotes`);
        labels.push([own, value]);
      } else if (name === undefined) name = own;
      else throw new TextFailure(`label ${own} has no value`);
      this.#take(blanks);
      if (this.#line[this.#at] === ',') this.#at++;
      else if (this.#line[this.#at] !== '}') throw new TextFailure('"," or "}" is expected');
    }
    this.#at++;
    return name;
  }

  #quoted(): string | undefined {
    const found = this.#take(quoted);
    return found
      ?.slice(1, -1)
      .replace(/\\(.)/g, (whole, char) => (char === 'n' ? '\n' : char === '"' || char === '\\' ? char : whole));
  }

  #timestamp(name: string): number | undefined {
    const text = this.#take(word);
    if (text === undefined || text === '#') return undefined;
    const value = Number(text);
    if (!Number.isFinite(value)) throw new TextFailure(`the time of ${name} is no number`);
    return this.#openMetrics ? Math.round(value * 1000) : value;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }
}

function parseValue(text: string): number | undefined {
  const special = specialValues[text.toLowerCase()];
  if (special !== undefined) return special;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

const specialValues: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};
