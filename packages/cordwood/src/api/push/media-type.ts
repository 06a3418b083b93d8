/** A `Content-Type` as Go's mime.ParseMediaType reads it, with its error texts: clients see them as they are. */
export type MediaTypeResult =
  /** Lower case, without parameters. */
  { readonly type: string; readonly error?: undefined } | { readonly type?: undefined; readonly error: string };

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/;
const parameter = /^\s*;\s*[!#$%&'*+\-.^_`|~0-9A-Za-z]+\s*=\s*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*")/;

export function parseMediaType(header: string | undefined): MediaTypeResult {
  const [base = '', ...rest] = (header ?? '').split(';');
  const type = base.trim().toLowerCase();
  const first = token.exec(type)?.[0];
  if (first === undefined) return { error: 'mime: no media type' };
  if (first !== type) {
    if (type[first.length] !== '/') return { error: 'mime: expected slash after first token' };
    const subtype = token.exec(type.slice(first.length + 1))?.[0];
    if (subtype === undefined) return { error: 'mime: expected token after slash' };
    if (first.length + 1 + subtype.length !== type.length)
      return { error: 'mime: unexpected content after media subtype' };
  }
  let parameters = rest.length === 0 ? '' : `;${rest.join(';')}`;
  while (parameters.trim() !== '' && parameters.trim() !== ';') {
    const found = parameter.exec(parameters);
    if (found === null) return { error: 'mime: invalid media parameter' };
    parameters = parameters.slice(found[0].length);
  }
  return { type };
}
