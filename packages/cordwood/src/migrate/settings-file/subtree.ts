import type { Path, SettingsFile } from './settings-file.ts';

/** The part of a file below a path, as if it were the whole: a dependency's values in an umbrella chart. */
export type Subtree = Pick<SettingsFile, 'find' | 'has' | 'get' | 'text' | 'set' | 'remove' | 'move' | 'placeOf'>;

export function subtree(file: SettingsFile, root: Path): Subtree {
  if (root.length === 0) return file;
  const inside = (path: Path): Path => [...root, ...path];
  return {
    find: (pattern) => file.find([...root, pattern].join('.')).map((path) => path.slice(root.length)),
    has: (path) => file.has(inside(path)),
    get: (path) => file.get(inside(path)),
    text: (path) => file.text(inside(path)),
    set: (path, value, above) => file.set(inside(path), value, above),
    remove: (path) => file.remove(inside(path)),
    move: (from, to) => file.move(inside(from), inside(to)),
    placeOf: (path) => file.placeOf(inside(path)),
  };
}
