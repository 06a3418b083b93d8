/** A token of a line and whether a space stood before it. */
export interface LineToken {
  readonly text: string;
  readonly spaced: boolean;
}

/** Lines with fewer tokens say too little, longer ones are not worth the time. */
export const tokensMin = 4;
export const tokensMax = 80;

// Words with the signs that occur inside numbers, paths and times; every other sign is a token of its own.
const token = /[\p{L}\p{N}_\-.:/<>]+|[^\s]/gu;

/** Cuts a line at spaces and signs. Undefined when it has too few or too many tokens. */
export function lineTokens(line: string): LineToken[] | undefined {
  const tokens: LineToken[] = [];
  let end = 0;
  for (const match of line.matchAll(token)) {
    if (tokens.length === tokensMax) return undefined;
    tokens.push({ text: match[0], spaced: match.index > end });
    end = match.index + match[0].length;
  }
  return tokens.length < tokensMin ? undefined : tokens;
}
