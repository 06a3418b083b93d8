const escapedByGo = /[<>&\u2028\u2029]/;
const allEscapedByGo = /[<>&\u2028\u2029]/g;

function escapeGo(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** JSON.stringify with the characters escaped that Go's encoder escapes (`<`, `>`, `&`, U+2028, U+2029). */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value);
  // These characters can only stand inside strings, so the whole text may be searched.
  return escapedByGo.test(text) ? text.replace(allEscapedByGo, escapeGo) : text;
}
