/** One thing that is wrong with a definition. */
export interface Problem {
  /** Where in the definition: `tenants.greenlang-prod.retention`; keys with dots are in brackets: `tenants["a.b"]`. */
  readonly path: string;
  readonly message: string;
}

/** A definition that cannot be resolved: everything that is wrong with it, not only the first. */
export class PlatformError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => `  ${path === '' ? '(definition)' : path}: ${message}`);
    super(
      `the platform definition has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:\n${lines.join('\n')}`,
    );
    this.name = 'PlatformError';
    this.problems = problems;
  }
}

/** Text of a path of keys and positions. */
export function printPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return i === 0 ? name : `.${name}`;
    })
    .join('');
}
