/** What of a line is mined for patterns. */
export interface Message {
  readonly text: string;
  /** The text is one value of the line, with something before and behind it. */
  readonly partOfLine: boolean;
}

/** The message of a JSON line as it stands in it (not unescaped, so that the pattern finds the line again), or the whole line. */
export function messageOf(line: string, fields: readonly string[]): Message | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return { text: line, partOfLine: false };
  for (const field of fields) {
    const key = `${JSON.stringify(field)}:`;
    const at = line.indexOf(key);
    if (at < 0) continue;
    const value = /\s*"((?:[^"\\]|\\.)*)"/y;
    value.lastIndex = at + key.length;
    const match = value.exec(line);
    if (match !== null) return { text: match[1]!, partOfLine: true };
  }
  return undefined;
}
