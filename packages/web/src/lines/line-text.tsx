import { useMemo } from 'preact/hooks';
import type { LogRow } from './log-row.ts';
import { readableParts } from './readable-line.ts';
import { fieldsOf } from './row-fields.ts';
import { visibleText } from './visible-text.ts';

/** Characters of a collapsed line: more does not fit any screen and costs the frame. The details have all of it. */
const shownMax = 2000;

interface LineTextProps {
  readonly row: LogRow;
  readonly form: 'readable' | 'stored';
  /** Whether line breaks break the line; otherwise they show as a sign. */
  readonly wrap: boolean;
  /** Literals to mark, e.g. those of line filters. */
  readonly marks: readonly string[];
}

/** One line as text, readable or as stored, with what was searched for marked. */
export function LineText({ row, form, wrap, marks }: LineTextProps) {
  const shown = (text: string) => (wrap ? visibleText(text) : visibleText(text.replace(/\r?\n/g, ' ↵ ')));
  const parts = useMemo(() => {
    const fields = form === 'readable' ? fieldsOf(row) : undefined;
    return fields && readableParts(fields, row.labels);
  }, [row, form]);
  if (!parts || parts.length === 0) {
    const cut = row.line.length > shownMax;
    return (
      <>
        <Marked text={shown(cut ? row.line.slice(0, shownMax) : row.line)} marks={marks} />
        {cut && <span class="line-cut"> … {(row.line.length - shownMax).toLocaleString('en')} more characters</span>}
      </>
    );
  }
  let room = shownMax;
  return (
    <>
      {parts.map((part, index) => {
        if (room <= 0) return null;
        const text = shown(part.text.slice(0, room));
        room -= part.text.length;
        const space = index > 0 && part.kind !== 'value' ? ' ' : '';
        return (
          <span key={index} class={`part-${part.kind}`}>
            {space}
            <Marked text={text} marks={marks} />
            {part.kind === 'key' ? '=' : ''}
          </span>
        );
      })}
    </>
  );
}

export function Marked({ text, marks }: { text: string; marks: readonly string[] }) {
  const wanted = marks.filter((mark) => mark !== '' && text.includes(mark));
  if (wanted.length === 0) return <>{text}</>;
  const pieces: { text: string; marked: boolean }[] = [];
  let position = 0;
  while (position < text.length) {
    let at = -1;
    let found = '';
    for (const mark of wanted) {
      const index = text.indexOf(mark, position);
      if (index >= 0 && (at < 0 || index < at || (index === at && mark.length > found.length))) {
        at = index;
        found = mark;
      }
    }
    if (at < 0) break;
    if (at > position) pieces.push({ text: text.slice(position, at), marked: false });
    pieces.push({ text: found, marked: true });
    position = at + found.length;
  }
  if (position < text.length) pieces.push({ text: text.slice(position), marked: false });
  return <>{pieces.map((piece, index) => (piece.marked ? <mark key={index}>{piece.text}</mark> : piece.text))}</>;
}
