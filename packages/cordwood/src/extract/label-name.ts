/**
 * A key found in a line as a label name: trimmed, every character but ASCII letters, digits and `_` becomes `_`, and a
 * leading digit gets a `_` before it, unless the key stands behind a prefix (`data_1st`). '' when nothing is left.
 */
export function sanitizeLabelName(key: string, behindPrefix = false): string {
  if (plain.test(key)) return key;
  const trimmed = key.trim();
  const name = trimmed.replace(notAllowed, '_');
  return !behindPrefix && name >= '0' && name < ':' ? `_${name}` : name;
}

const plain = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** By character, not by UTF-16 unit. */
const notAllowed = /[^a-zA-Z0-9_]/gu;
