/** ISO/IEC 7812-1 check digit over the digits of a text; anything else in it is ignored. */
export function passesLuhn(text: string): boolean {
  let sum = 0;
  let position = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    const weighted = position % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
    position++;
  }
  return position > 0 && sum % 10 === 0;
}
