/**
 * The messages of a parser made by goyacc: `unexpected X, expecting A or B`. With more than four alternatives, or none, only
 * the unexpected token is named. `names` is the order in which the alternatives are listed.
 */
export function syntaxErrorMessage<Name extends string>(
  unexpected: Name,
  expected: readonly Name[],
  names: readonly Name[],
): string {
  const message = `syntax error: unexpected ${unexpected}`;
  if (expected.length === 0 || expected.length > 4) return message;
  const listed = names.filter((name) => expected.includes(name));
  return `${message}, expecting ${listed.join(' or ')}`;
}
