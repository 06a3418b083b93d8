/**
 * The formatter: tree, comments and the line breaks of the original to canonical text (`alloy fmt`), in two steps.
 *
 * `Writer` turns the tree into lines of cells. A cell ends where a column ends: before the `=` of an attribute or field, and
 * before a comment at the end of a line. `alignColumns` then pads the cells: a column reaches over adjacent lines that have a
 * cell there, until something (blank line, comment line, block, bracket that opens a new level) flushes it.
 *
 * Unlike Alloy's own formatter this one never changes the value of a string: it does not pad inside string literals and
 * does not touch the ends of lines of a raw string.
 */
import { type Diagnostic, placeAt, type SourceFile } from './diagnostic.ts';
import type { Comment } from './lexer.ts';
import { parse } from './parse.ts';
import { type Block, blockName, type Expression, type File, type Statement } from './tree.ts';

export interface FormatResult {
  /** Undefined when the text does not parse. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Canonical form of a file's text. `format(format(x)) = format(x)`, and every value stays what it was. */
export function format(source: SourceFile): FormatResult {
  const { file, diagnostics } = parse(source);
  return diagnostics.length > 0 ? { diagnostics } : { text: print(file), diagnostics };
}

/** Canonical text of a parsed file. */
export function print(file: File): string {
  return new Writer(file).printFile();
}

/** Text of an expression on one line, for messages. */
export function printExpression(expression: Expression, source: SourceFile): string {
  const text = source.text.slice(expression.start, expression.end);
  return /^[^\n]*$/.test(text) && !text.includes('//') ? text : text.replace(/\/\/[^\n]*/g, '').replace(/\s+/g, ' ');
}

interface Line {
  readonly indent: number;
  /** All but the last take part in columns. */
  readonly cells: string[];
  /** No column reaches over the start of this line. */
  readonly flush: boolean;
  /** Continuation of a raw string: written as it is. */
  readonly verbatim: boolean;
}

function alignColumns(lines: readonly Line[]): string {
  const widths: number[][] = lines.map((line) => line.cells.slice(0, -1).map(() => 0));
  const measure = (from: number, to: number, column: number) => {
    for (let i = from; i < to; ) {
      if (lines[i]!.cells.length - 1 <= column) {
        i++;
        continue;
      }
      let end = i;
      let width = 0;
      const { indent } = lines[i]!;
      while (end < to && lines[end]!.cells.length - 1 > column && lines[end]!.indent === indent) {
        if (end > i && lines[end]!.flush) break;
        width = Math.max(width, [...lines[end]!.cells[column]!].length);
        end++;
      }
      for (let row = i; row < end; row++) widths[row]![column] = width === 0 ? 0 : width + 1;
      measure(i, end, column + 1);
      i = end;
    }
  };
  measure(0, lines.length, 0);
  let text = '';
  lines.forEach((line, row) => {
    if (line.cells.length === 1 && line.cells[0] === '' && !line.verbatim) {
      text += '\n';
      return;
    }
    if (!line.verbatim) text += '\t'.repeat(line.indent);
    line.cells.forEach((cell, column) => {
      const last = column === line.cells.length - 1;
      text += last ? cell : cell + ' '.repeat(Math.max(0, widths[row]![column]! - [...cell].length));
    });
    text += '\n';
  });
  return text === '' ? '\n' : text;
}

class Writer {
  readonly #file: File;
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  readonly #lines: Line[] = [];
  #comments: readonly Comment[];
  /** Indentation of the statement or element that is being written. */
  #indent = 0;
  /** A line comment was written: whatever comes next starts on a new line. */
  #mustBreak = false;
  #flushNext = true;
  /** Source line on which the last token or comment ended. */
  #sourceLine = 0;

  constructor(file: File) {
    this.#file = file;
    this.#text = file.source.text;
    for (let at = this.#text.indexOf('\n'); at >= 0; at = this.#text.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1);
    this.#comments = file.comments;
  }

  printFile(): string {
    this.#statements(this.#file.body, this.#text.length);
    return alignColumns(this.#lines);
  }

  /** 0-based source line of an offset. */
  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get #current(): Line {
    return this.#lines.at(-1)!;
  }

  #newLine(indent = this.#indent): void {
    this.#lines.push({ indent, cells: [''], flush: this.#flushNext, verbatim: false });
    this.#flushNext = false;
    this.#mustBreak = false;
  }

  #blankLine(): void {
    const last = this.#lines.at(-1);
    if (last === undefined || (last.cells.length === 1 && last.cells[0] === '' && !last.verbatim)) return;
    this.#flushNext = true;
    this.#newLine(0);
    this.#flushNext = true;
  }

  #put(text: string): void {
    const { cells } = this.#current;
    cells[cells.length - 1] += text;
  }

  /** Writes a token that stands at `start`..`end` in the source, after the comments before it. */
  #token(text: string, start: number, end: number, space: '' | ' ' = ''): void {
    this.#innerComments(start, space);
    if (this.#mustBreak) this.#newLine(this.#indent + 1);
    else if (space !== '' && this.#needsSpace()) this.#put(space);
    const [first, ...rest] = text.replaceAll('\r', '').split('\n');
    this.#put(first!);
    for (const part of rest) {
      // The line after a raw string belongs to the indentation of the line on which it started.
      this.#lines.push({ indent: this.#current.indent, cells: [part], flush: true, verbatim: true });
      this.#flushNext = true;
    }
    this.#sourceLine = this.#lineOf(Math.max(start, end - 1));
  }

  #needsSpace(): boolean {
    const { cells } = this.#current;
    const last = cells.at(-1)!;
    return !(last === '' && cells.length > 0) && !last.endsWith(' ');
  }

  #cellBreak(): void {
    this.#current.cells.push('');
  }

  /** Comments between the tokens of one statement. */
  #innerComments(before: number, space: '' | ' '): void {
    while (this.#comments[0] !== undefined && this.#comments[0].start < before) {
      this.#comment(this.#comments[0], space);
      this.#comments = this.#comments.slice(1);
    }
  }

  #comment(comment: Comment, space: '' | ' ' = ' '): void {
    const isLine = comment.text.startsWith('//');
    const ownLine = this.#lines.length === 0 || this.#lineOf(comment.start) > this.#sourceLine;
    if (this.#mustBreak) this.#newLine(this.#indent + 1);
    if (ownLine && this.#lines.length > 0 && this.#current.cells.join('') !== '') {
      this.#flushNext = true;
      this.#newLine();
    }
    if (this.#needsSpace()) this.#put(' ');
    const [first, ...rest] = comment.text.split('\n');
    this.#put(first!.trimEnd());
    for (const part of rest) this.#lines.push({ indent: 0, cells: [part.trimEnd()], flush: true, verbatim: true });
    if (isLine) this.#mustBreak = true;
    else if (space === '') this.#put(' ');
    this.#sourceLine = this.#lineOf(Math.max(comment.start, comment.end - 1));
  }

  /** Comments that stand on their own lines before a statement or element. Returns whether there were any. */
  #leadingComments(before: number, blankAllowed: boolean): boolean {
    let any = false;
    let blank = blankAllowed;
    while (this.#comments[0] !== undefined && this.#comments[0].start < before) {
      const comment = this.#comments[0];
      this.#comments = this.#comments.slice(1);
      if (blank && this.#lineOf(comment.start) > this.#sourceLine + 1) this.#blankLine();
      this.#flushNext = true;
      const sameLine = any && this.#lineOf(comment.start) === this.#sourceLine;
      if (sameLine) this.#put(' ');
      else this.#newLine();
      const [first, ...rest] = comment.text.split('\n');
      this.#put(first!.trimEnd());
      for (const part of rest) this.#lines.push({ indent: 0, cells: [part.trimEnd()], flush: true, verbatim: true });
      this.#flushNext = true;
      this.#sourceLine = this.#lineOf(Math.max(comment.start, comment.end - 1));
      any = true;
      blank = true;
    }
    return any;
  }

  /** Comments after an element on its line; they form a column of their own. */
  #trailingComments(before: number): void {
    for (let first = true; this.#comments[0] !== undefined && this.#comments[0].start < before; first = false) {
      const comment = this.#comments[0];
      if (this.#lineOf(comment.start) !== this.#sourceLine) return;
      // `/* c */ b`: belongs to what follows on the line.
      if (
        this.#lineOf(comment.end) === this.#lineOf(before) &&
        !comment.text.startsWith('//') &&
        before < this.#text.length
      ) {
        return;
      }
      this.#comments = this.#comments.slice(1);
      if (first) this.#cellBreak();
      else this.#put(' ');
      const [head, ...rest] = comment.text.split('\n');
      this.#put(head!.trimEnd());
      for (const part of rest) this.#lines.push({ indent: 0, cells: [part.trimEnd()], flush: true, verbatim: true });
      this.#sourceLine = this.#lineOf(Math.max(comment.start, comment.end - 1));
      if (comment.text.startsWith('//')) this.#mustBreak = true;
    }
  }

  #statements(body: readonly Statement[], end: number): void {
    body.forEach((statement, i) => {
      const first = i === 0;
      const before = this.#lines.length;
      const isBlock = statement.kind === 'block';
      // The blank line before a block goes above the comments that lead it.
      const lead = this.#comments[0];
      const leadAdjacent = lead !== undefined && lead.start < statement.start;
      if (isBlock && !first) {
        if (!leadAdjacent || this.#adjacent(statement.start)) this.#blankLine();
      }
      const commented = this.#leadingComments(statement.start, !first || before > 0);
      if (commented ? this.#lineOf(statement.start) > this.#sourceLine + 1 : !first && this.#gap(statement.start)) {
        this.#blankLine();
      }
      if (isBlock) this.#flushNext = true;
      this.#newLine();
      if (isBlock) this.#block(statement);
      else {
        this.#token(statement.name.name, statement.name.start, statement.name.end);
        this.#assign(statement.value);
      }
      const next = body[i + 1]?.start ?? end;
      this.#trailingComments(next);
      if (isBlock) this.#flushNext = true;
    });
    this.#leadingComments(end, body.length > 0);
    this.#mustBreak = false;
  }

  #gap(start: number): boolean {
    return this.#lineOf(start) > this.#sourceLine + 1;
  }

  /** Do the comments before `start` touch it, without a blank line in between? */
  #adjacent(start: number): boolean {
    let line = this.#lineOf(start);
    for (const comment of this.#comments.filter((candidate) => candidate.start < start).reverse()) {
      if (this.#lineOf(Math.max(comment.start, comment.end - 1)) < line - 1) return false;
      line = this.#lineOf(comment.start);
    }
    return true;
  }

  #assign(value: Expression): void {
    this.#cellBreak();
    this.#put('=');
    this.#expression(value, ' ');
  }

  #block(block: Block): void {
    const label = block.label === undefined ? '' : ` "${block.label.text}"`;
    this.#token(blockName(block) + label, block.start, block.label?.end ?? block.name.at(-1)!.end);
    this.#token('{', block.open, block.open + 1, ' ');
    const hasComments = this.#comments[0] !== undefined && this.#comments[0].start < block.close;
    if (block.body.length === 0 && !hasComments) {
      this.#token('}', block.close, block.end, ' ');
      return;
    }
    const first = block.body[0]?.start ?? block.close;
    const comment = this.#comments[0];
    if (comment !== undefined && comment.start < first && this.#lineOf(comment.start) === this.#lineOf(block.open)) {
      this.#trailingComments(block.close);
    }
    const indent = this.#indent;
    this.#indent = indent + 1;
    this.#flushNext = true;
    this.#statements(block.body, block.close);
    this.#indent = indent;
    this.#flushNext = true;
    this.#newLine();
    this.#token('}', block.close, block.end);
    this.#flushNext = true;
  }

  #expression(expression: Expression, space: '' | ' ' = ''): void {
    switch (expression.kind) {
      case 'literal':
        this.#token(expression.text, expression.start, expression.end, space);
        break;
      case 'identifier':
        this.#token(expression.name, expression.start, expression.end, space);
        break;
      case 'list':
        this.#token('[', expression.start, expression.start + 1, space);
        this.#elements(expression.items, (item) => this.#expression(item), ']', expression.close);
        break;
      case 'object':
        this.#token('{', expression.start, expression.start + 1, space);
        this.#elements(
          expression.fields,
          (field) => {
            this.#token(field.nameText, field.nameSpan.start, field.nameSpan.end);
            this.#assign(field.value);
          },
          '}',
          expression.close,
        );
        break;
      case 'call':
        this.#expression(expression.callee, space);
        this.#token('(', expression.open, expression.open + 1);
        this.#elements(expression.items, (item) => this.#expression(item), ')', expression.close);
        break;
      case 'access':
        this.#expression(expression.value, space);
        this.#token(`.${expression.name.name}`, expression.name.start, expression.name.end);
        break;
      case 'index':
        this.#expression(expression.value, space);
        this.#token('[', expression.open, expression.open + 1);
        this.#expression(expression.index);
        this.#token(']', expression.close, expression.close + 1);
        break;
      case 'unary':
        this.#token(expression.operator, expression.start, expression.start + 1, space);
        this.#expression(expression.value);
        break;
      case 'binary': {
        this.#expression(expression.left, space);
        const { operator, operatorStart } = expression;
        this.#token(operator, operatorStart, operatorStart + operator.length, ' ');
        this.#expression(expression.right, ' ');
        break;
      }
      case 'parentheses':
        this.#token('(', expression.start, expression.start + 1, space);
        this.#expression(expression.inner);
        this.#token(')', expression.close, expression.close + 1);
        break;
    }
  }

  /** Elements between brackets: those that started a line keep doing so, the others stay on the line. */
  #elements<T extends { readonly start: number; readonly end: number }>(
    elements: readonly T[],
    write: (element: T) => void,
    closer: string,
    close: number,
  ): void {
    const indent = this.#indent;
    const base = this.#current.indent;
    let broken = false;
    elements.forEach((element, i) => {
      const last = i === elements.length - 1;
      const lead = this.#comments[0];
      const leadStart = lead !== undefined && lead.start < element.start ? lead.start : element.start;
      const breaks =
        this.#mustBreak || this.#lineOf(leadStart) > this.#sourceLine || this.#lineOf(element.start) > this.#sourceLine;
      if (breaks) {
        this.#indent = base + 1;
        if (!broken) this.#flushNext = true;
        broken = true;
        if (i === 0 && this.#lineOf(leadStart) === this.#sourceLine) this.#trailingComments(element.start);
        const commented = this.#leadingComments(element.start, i > 0);
        if (commented ? this.#lineOf(element.start) > this.#sourceLine + 1 : i > 0 && this.#gap(element.start)) {
          this.#blankLine();
        }
        this.#newLine();
      } else if (i > 0) this.#put(' ');
      write(element);
      const lineBefore = this.#sourceLine;
      const nextStart = elements[i + 1]?.start ?? close;
      const closesBelow = last && this.#closerBreaks(close);
      if (!last || closesBelow) {
        // A comment between the element and its comma moves behind the comma.
        this.#put(',');
        this.#sourceLine = Math.max(lineBefore, this.#commaLine(element.end, nextStart));
      }
      this.#trailingComments(nextStart);
    });
    // Comments before the closer: on the line of the last element they stay there, else they get lines of their own.
    this.#indent = base + 1;
    for (let comment = this.#comments[0]; comment !== undefined && comment.start < close; comment = this.#comments[0]) {
      if (this.#lineOf(comment.start) > this.#sourceLine || this.#mustBreak) {
        this.#leadingComments(close, elements.length > 0);
        this.#mustBreak = true;
      } else if (comment.text.startsWith('//')) this.#trailingComments(close);
      else {
        this.#comments = this.#comments.slice(1);
        this.#comment(comment, elements.length > 0 ? ' ' : '');
      }
    }
    this.#indent = indent;
    if (
      this.#mustBreak ||
      (elements.length > 0 && this.#lineOf(close) > this.#sourceLine && this.#closerBreaks(close))
    ) {
      this.#flushNext = true;
      this.#newLine(base);
    }
    this.#token(closer, close, close + 1);
  }

  /** Does the closing bracket start a line of its own? */
  #closerBreaks(close: number): boolean {
    return /\n[ \t\r]*$/.test(this.#text.slice(0, close)) || this.#commentBefore(close);
  }

  /** A line comment or a comment that ends a line stands between the last element and its closer. */
  #commentBefore(close: number): boolean {
    return (
      this.#comments[0] !== undefined && this.#comments[0].start < close && this.#comments[0].text.startsWith('//')
    );
  }

  #commaLine(from: number, to: number): number {
    const comma = this.#text.slice(from, to).indexOf(',');
    return comma < 0 ? this.#lineOf(from) : this.#lineOf(from + comma);
  }
}

/** Place of the first difference between a file and its canonical form, for `fmt --check`. */
export function firstDifference(source: SourceFile, formatted: string): { line: number; column: number } | undefined {
  if (source.text === formatted) return undefined;
  let offset = 0;
  while (source.text[offset] === formatted[offset]) offset++;
  return placeAt(source.text, offset);
}
