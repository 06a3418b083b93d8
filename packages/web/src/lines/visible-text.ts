/**
 * Text of a log line made safe to look at: whoever can write a log line must not be able to hide or reorder what the reader
 * sees. Control characters show as their pictures (␛, ␀), characters that change the direction of text or take no room as
 * ⟨U+202E⟩. Terminal colours are cut, since they say nothing here.
 */
const terminalSequence = /\u001b\[[0-9;:?]*[ -/]*[@-~]/g;
const control = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const deceptive = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const anything = /[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

export function visibleText(text: string): string {
  if (!anything.test(text)) return text;
  return text
    .replace(terminalSequence, '')
    .replace(control, (char) => (char === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + char.charCodeAt(0))))
    .replace(deceptive, (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
