const escapeCharacter = 0x1b;
const controlSequenceIntroducer = 0x9b;

/**
 * The text without ANSI escape sequences: colours, cursor movement, window titles (ended by BEL), character sets. An escape
 * character that begins no sequence stays. Reads every character once, whatever the line holds.
 */
export function stripAnsi(text: string): string {
  if (!text.includes('\x1b') && !text.includes('\x9b')) return text;
  let out = '';
  let copiedTo = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== escapeCharacter && unit !== controlSequenceIntroducer) continue;
    const end = sequenceEnd(text, i + 1);
    if (end < 0) continue;
    out += text.slice(copiedTo, i);
    copiedTo = end;
    i = end - 1;
  }
  return out + text.slice(copiedTo);
}

/** Where the sequence ends whose introducer stands before `start`; -1 when it is none. */
function sequenceEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && '[]()#;?'.includes(text[at]!)) at++;
  const titleEnd = skipTitle(text, at);
  if (text[titleEnd] === '\x07') return titleEnd + 1;

  // Up to four digits per parameter; a digit too many is taken for the final character, as is the last digit when nothing
  // final follows.
  let end = at;
  if (isDigit(text, end)) {
    end = skipDigits(text, end, 4);
    while (text[end] === ';') end = skipDigits(text, end + 1, 4);
  }
  if (end < text.length && isFinal(text[end]!)) return end + 1;
  while (end > at && text[end - 1] === ';') end--;
  return end > at ? end : -1;
}

/** Letters, digits and semicolons: the text of a window title. */
function skipTitle(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const char = text[at]!;
    if (char !== ';' && !isAlphanumeric(char)) break;
    at++;
  }
  return at;
}

function skipDigits(text: string, start: number, max: number): number {
  let at = start;
  while (at < start + max && isDigit(text, at)) at++;
  return at;
}

function isDigit(text: string, at: number): boolean {
  const char = text[at];
  return char !== undefined && char >= '0' && char <= '9';
}

function isAlphanumeric(char: string): boolean {
  return (char >= '0' && char <= '9') || (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
}

function isFinal(char: string): boolean {
  return (
    (char >= '0' && char <= '9') ||
    (char >= 'A' && char <= 'P') ||
    (char >= 'f' && char <= 'n') ||
    'RZcqry=><~'.includes(char)
  );
}
