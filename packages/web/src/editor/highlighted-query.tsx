import { useMemo } from 'preact/hooks';
import { highlightPieces } from './highlight-pieces.ts';

/** The query in colours, as it lies behind the text area or stands in a list. */
export function HighlightedQuery({
  text,
  wrong,
}: {
  text: string;
  wrong?: { start: number; end: number } | undefined;
}) {
  const pieces = useMemo(() => highlightPieces(text, wrong), [text, wrong]);
  return (
    <>
      {pieces.map((piece, index) =>
        piece.kind === undefined && !piece.wrong ? (
          piece.text
        ) : (
          <span key={index} class={`${piece.kind ? `syntax-${piece.kind}` : ''}${piece.wrong ? ' wrong' : ''}`}>
            {piece.text}
          </span>
        ),
      )}
    </>
  );
}
