import { type HighlightKind, tokens } from '@cordwood/logql';

export interface Piece {
  readonly text: string;
  readonly kind: HighlightKind | 'label' | undefined;
  readonly wrong: boolean;
}

/** The text in coloured pieces; `wrong` marks the place of an error. Pieces joined are the text. */
export function highlightPieces(text: string, wrong: { start: number; end: number } | undefined): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (start: number, end: number, kind: Piece['kind']) => {
    const cuts = wrong ? [wrong.start, wrong.end].filter((cut) => cut > start && cut < end) : [];
    let from = start;
    for (const to of [...cuts, end]) {
      if (to > from)
        pieces.push({ text: text.slice(from, to), kind, wrong: !!wrong && from >= wrong.start && to <= wrong.end });
      from = to;
    }
  };
  let position = 0;
  const all = tokens(text);
  for (const [index, token] of all.entries()) {
    if (token.start < position) continue;
    add(position, token.start, undefined);
    // A name in front of a comparison is a label.
    const next = all[index + 1];
    const isLabel =
      token.kind === 'identifier' && next?.kind === 'operator' && /^[=!<>]/.test(text.slice(next.start, next.end));
    add(token.start, token.end, isLabel ? 'label' : token.kind);
    position = token.end;
  }
  add(position, text.length, undefined);
  return pieces;
}
