/** Length of an IBAN by country (SWIFT IBAN registry, release 99). */
const countriesByLength: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK|FI|FK|FO|GL|NL|SD',
  19: 'MK|SI',
  20: 'AT|BA|EE|KZ|LT|LU|MN|XK',
  21: 'CH|CR|HR|LI|LV',
  22: 'BG|BH|DE|GB|GE|IE|ME|RS|VA',
  23: 'AE|GI|IL|IQ|OM|SO|TL',
  24: 'AD|CZ|ES|MD|PK|RO|SA|SE|SK|TN|VG',
  25: 'LY|PT|ST',
  26: 'IS|TR',
  27: 'BI|DJ|FR|GR|IT|MC|MR|SM',
  28: 'AL|AZ|BY|CY|DO|GT|HN|HU|LB|NI|PL|SV',
  29: 'BR|EG|PS|QA|UA',
  30: 'JO|KW|MU|YE',
  31: 'MT|SC',
  32: 'LC',
  33: 'RU',
};

/** Every country's IBAN, with or without a blank after each fourth character. */
export const ibanExpression = Object.entries(countriesByLength)
  .map(([length, countries]) => {
    const body = Number(length) - 4;
    const rest = body % 4;
    const tail = rest === 0 ? '' : ` ?[0-9A-Z]{${rest}}`;
    return `(?:${countries})[0-9]{2}(?: ?[0-9A-Z]{4}){${Math.floor(body / 4)}}${tail}`;
  })
  .join('|');

/** ISO 7064 MOD 97-10: the first four characters moved to the end, letters as 10 to 35, the remainder is 1. */
export function passesMod97(iban: string): boolean {
  const compact = iban.replaceAll(' ', '');
  let remainder = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
