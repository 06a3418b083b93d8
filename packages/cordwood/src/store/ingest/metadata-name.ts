import { quoteGo } from '../../model/labels.ts';

export type MetadataNameResult =
  | { readonly name: string; readonly error?: undefined }
  | { readonly name?: undefined; readonly error: string };

const clean = /^(?:[a-zA-Z]|_(?=[a-zA-Z]))(?:[a-zA-Z0-9]|_(?!_))*$/;

/**
 * A structured-metadata name as Loki stores it: what is not ASCII letter or digit becomes `_`, runs of `_` collapse, a
 * leading digit gets `key_`, and the two underscores at either end of `__name__` stay. A name that leaves nothing but
 * underscores is an error, with Loki's text.
 */
export function sanitizeMetadataName(given: string): MetadataNameResult {
  if (clean.test(given)) return { name: given };
  if (given === '') return { error: 'label name is empty' };
  let name = given.replace(/[^a-zA-Z0-9]/gu, '_').replace(/_+/g, '_');
  if (/^__.*__$/s.test(given) && given.length > 3) {
    const inner = given
      .slice(2, -2)
      .replace(/[^a-zA-Z0-9]/gu, '_')
      .replace(/_+/g, '_');
    name = `__${inner}__`;
  }
  if (/^[0-9]/.test(name)) name = `key_${name}`;
  if (/^_+$/.test(name)) {
    return { error: `normalization for label name ${quoteGo(given)} resulted in invalid name ${quoteGo(name)}` };
  }
  return { name };
}
