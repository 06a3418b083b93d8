import { type Diagnostic, placeAt, type SourceFile } from './diagnostic.ts';

/**
 * Text of a configuration file from its bytes: UTF-8 (with or without BOM) or UTF-16 with BOM. Invalid UTF-8 is a
 * diagnostic at its place.
 */
export function decodeSource(name: string, bytes: Uint8Array): { file?: SourceFile; diagnostics: Diagnostic[] } {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return { file: { name, text: new TextDecoder(encoding, { fatal: true }).decode(bytes) }, diagnostics: [] };
  } catch {
    const text = new TextDecoder(encoding).decode(bytes);
    const place = placeAt(text, Math.max(0, text.indexOf('\ufffd')));
    const message = encoding === 'utf-8' ? 'illegal UTF-8 encoding' : 'illegal UTF-16 encoding';
    return {
      diagnostics: [{ severity: 'error', message, file: name, ...place, length: 1, hint: 'Save the file as UTF-8.' }],
    };
  }
}
