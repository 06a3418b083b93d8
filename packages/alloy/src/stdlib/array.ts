import { anyType, booleanType, listType, mapType, stringType } from '../type.ts';
import { arrayValue, EvaluationError, equals, objectValue, stringValue, toPlain, type Value } from '../value.ts';
import { argument, countError, fixed, variadic } from './function.ts';

const maps = listType(mapType(anyType));

/** Concatenates lists. */
export const concat = variadic('array.concat', (values) =>
  arrayValue(values.flatMap((_, i) => argument(values, i, listType(anyType)))),
);

/**
 * Merges the maps of two lists that agree on the keys. With the fourth argument, maps of the left list without partner stay
 * in the result (once; Alloy 1.19 repeats them for every map of the right list).
 */
export const combineMaps = variadic('array.combine_maps', (values) => {
  if (values.length !== 3 && values.length !== 4) throw countError(3, values.length);
  const left = argument(values, 0, maps);
  const right = argument(values, 1, maps);
  const keys = argument(values, 2, listType(stringType));
  const keepUnmatched = values.length === 4 && argument(values, 3, booleanType);
  if (keys.length === 0) throw new EvaluationError('combine_maps: merge conditions must not be empty', 2);
  const out: Value[] = [];
  for (const a of left) {
    const partners = right.filter((b) =>
      keys.every((key) => {
        const [x, y] = [a.get(key), b.get(key)];
        return x !== undefined && y !== undefined && equals(x, y);
      }),
    );
    for (const b of partners) out.push(objectValue([...a, ...b]));
    if (partners.length === 0 && keepUnmatched) out.push(objectValue(a));
  }
  return arrayValue(out);
});

/** Groups maps by the value of a key: list of `{<key> = ..., items = [...]}`. */
export const groupBy = fixed('array.group_by', [maps, stringType, booleanType], (items, key, dropMissing) => {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    const value = item.get(key);
    if (value === undefined && dropMissing) continue;
    const text = value === undefined ? '' : String(toPlain(value));
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [objectValue(item)]);
    else group.push(objectValue(item));
  }
  return arrayValue(
    [...groups].map(([text, group]) =>
      objectValue([
        [key, stringValue(text)],
        ['items', arrayValue(group)],
      ]),
    ),
  );
});
