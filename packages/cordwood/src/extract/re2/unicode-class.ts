import { type CharSet, fullSet, maxCodePoint, negateSet, normalizeSet } from './char-set.ts';

const known = new Map<string, CharSet | undefined>();

const categories =
  'C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(
    ' ',
  );

/**
 * The characters of `\p{name}`: a general category, a script, `Any`, `Assigned` or `ASCII`. Undefined when there is no such
 * class. As in Go, case, spaces, `-` and `_` in names do not matter. The ranges are read off V8's own Unicode tables.
 */
export function unicodeClass(name: string): CharSet | undefined {
  const canonical = name.replace(/[_ -]/g, '').toLowerCase();
  if (!known.has(canonical)) known.set(canonical, lookUp(canonical));
  return known.get(canonical);
}

function lookUp(canonical: string): CharSet | undefined {
  if (canonical === 'any') return fullSet;
  if (canonical === 'ascii') return [0, 0x7f];
  if (canonical === 'assigned') return negateSet(unicodeClass('Cn')!);
  const spelledAlike = (name: string) => name.replaceAll('_', '').toLowerCase() === canonical;
  const category = [...categories, ...longCategories].find(spelledAlike);
  if (category) return rangesOf(`gc=${category}`);
  const script = scripts.find(spelledAlike);
  return script ? rangesOf(`sc=${script}`) : undefined;
}

function rangesOf(property: string): CharSet | undefined {
  let expression: RegExp;
  try {
    expression = new RegExp(`\\p{${property}}+`, 'gu');
  } catch {
    return undefined;
  }
  const ranges: number[] = [];
  for (const { text, firstCodePoint } of piecesOfUnicode()) {
    const unitsPerCharacter = firstCodePoint > 0xffff ? 2 : 1;
    for (const match of text.matchAll(expression)) {
      const first = firstCodePoint + match.index / unitsPerCharacter;
      ranges.push(first, first + match[0].length / unitsPerCharacter - 1);
    }
  }
  for (const [first, last] of uniformBlocks) {
    if (String.fromCodePoint(first).match(expression)) ranges.push(first, last);
  }
  return normalizeSet(ranges);
}

/** Where all characters are alike: nothing is assigned, or all is for private use. */
const uniformBlocks: readonly (readonly [first: number, last: number])[] = [
  [0x40000, 0xdffff],
  [0xe1000, 0xeffff],
  [0xf0000, 0xffffd],
  [0xffffe, 0xfffff],
  [0x100000, 0x10fffd],
  [0x10fffe, maxCodePoint],
];

/** Every other code point but the surrogates, in pieces within which all have the same number of UTF-16 units. */
function* piecesOfUnicode(): Iterable<{ text: string; firstCodePoint: number }> {
  const size = 0x800;
  for (let first = 0; first < 0x40000; first += size) {
    if (first !== 0xd800) yield { text: textOf(first, size), firstCodePoint: first };
  }
  yield { text: textOf(0xe0000, 0x1000), firstCodePoint: 0xe0000 };
}

function textOf(first: number, size: number): string {
  const units: number[] = [];
  for (let code = first; code < first + size; code++) {
    if (code < 0x10000) units.push(code);
    else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
  }
  return String.fromCharCode(...units);
}

const longCategories = (
  'Other Control Format Unassigned Private_Use Surrogate Letter Cased_Letter Lowercase_Letter Modifier_Letter Other_Letter ' +
  'Titlecase_Letter Uppercase_Letter Mark Spacing_Mark Enclosing_Mark Nonspacing_Mark Number Decimal_Number Letter_Number ' +
  'Other_Number Punctuation Connector_Punctuation Dash_Punctuation Close_Punctuation Final_Punctuation Initial_Punctuation ' +
  'Other_Punctuation Open_Punctuation Symbol Currency_Symbol Modifier_Symbol Math_Symbol Other_Symbol Separator ' +
  'Line_Separator Paragraph_Separator Space_Separator'
).split(' ');

const scripts = (
  'Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo ' +
  'Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common ' +
  'Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs ' +
  'Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul ' +
  'Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian ' +
  'Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha ' +
  'Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi ' +
  'Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar ' +
  'Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian ' +
  'Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage ' +
  'Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra ' +
  'Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog ' +
  'Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic ' +
  'Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square'
).split(' ');
