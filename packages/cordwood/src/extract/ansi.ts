/**
 * ANSI escape sequences (ECMA-48: CSI and OSC, one byte 0x9b or ESC first), as terminals colour lines. The shape is the one that the
 * Go and npm strippers of this name share: parameters, then a final byte.
 */
const sequence =
  /[\u001B\u009B][[\]()#;?]*(?:(?:(?:[a-zA-Z\d]*(?:;[a-zA-Z\d]*)*)?\u0007)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~]))/g;

/** The text without its escape sequences. */
export function stripAnsi(text: string): string {
  return text.includes('\u001B') || text.includes('\u009B') ? text.replace(sequence, '') : text;
}
