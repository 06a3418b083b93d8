import { stringType } from '../type.ts';
import { stringValue } from '../value.ts';
import { argument, variadic } from './function.ts';

/** Go's filepath.Join: empty elements are skipped, `.` and `..` resolved. */
export function joinPath(parts: readonly string[], separator: '/' | '\\'): string {
  const joined = parts.filter((part) => part !== '').join(separator);
  if (joined === '') return '';
  const split = separator === '/' ? '/' : /[\\/]/;
  const rooted = separator === '/' ? joined.startsWith('/') : /^[\\/]/.test(joined);
  const out: string[] = [];
  for (const element of joined.split(split)) {
    if (element === '' || element === '.') continue;
    if (element === '..' && out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (element !== '..' || !rooted) out.push(element);
  }
  const path = (rooted ? separator : '') + out.join(separator);
  return path === '' ? '.' : path;
}

export function pathJoin(separator: '/' | '\\') {
  return variadic('file.path_join', (values) =>
    stringValue(
      joinPath(
        values.map((_, i) => argument(values, i, stringType)),
        separator,
      ),
    ),
  );
}
