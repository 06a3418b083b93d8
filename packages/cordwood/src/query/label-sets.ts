import type { Label, Labels } from '../model/labels.ts';

/** Names and values as one string: equal exactly for equal label sets. Cheaper than the printed form; not for people. */
export function labelsKey(labels: Labels): string {
  let key = '';
  for (const { name, value } of labels) key += `${name}\u0000${value}\u0001`;
  return key;
}

export function keepLabels(labels: Labels, names: readonly string[]): Labels {
  return labels.filter((label) => names.includes(label.name));
}

export function dropLabels(labels: Labels, names: readonly string[]): Labels {
  if (!labels.some((label) => names.includes(label.name))) return labels;
  return labels.filter((label) => !names.includes(label.name));
}

/** With the label set, or removed when the value is empty. */
export function setLabel(labels: Labels, name: string, value: string): Labels {
  const rest = dropLabels(labels, [name]);
  return value === '' ? rest : sortLabels([...rest, { name, value }]);
}

/** Sorts in place. */
export function sortLabels(labels: Label[]): Labels {
  return labels.sort((a, b) => compareText(a.name, b.name));
}

/** Order of UTF-8 bytes, which is how Go compares strings; UTF-16 order differs above U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** Order of label sets: name, then value, pair by pair; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareText(a[i]!.name, b[i]!.name) || compareText(a[i]!.value, b[i]!.value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
