/** Where a character of a textarea stands, in pixels from its top left corner: measured on a copy of its text. */
export function caretPosition(
  mirror: HTMLElement,
  offset: number,
): { readonly left: number; readonly top: number; readonly height: number } {
  const walker = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT);
  let rest = offset;
  const range = document.createRange();
  range.setStart(mirror, 0);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node as Text;
    if (rest <= length) {
      range.setStart(node, rest);
      break;
    }
    rest -= length;
  }
  range.collapse(true);
  const base = mirror.getBoundingClientRect();
  const rects = range.getClientRects();
  const box = rects[0] ?? range.getBoundingClientRect();
  if (box.height === 0) return { left: 0, top: 0, height: 20 };
  return { left: box.left - base.left, top: box.top - base.top, height: box.height };
}
