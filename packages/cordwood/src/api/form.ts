import { RequestError } from '../model/failure.ts';
import { apiLimits } from './limits.ts';

/** Parameters of a request: those of a form body first, then those of the address, as Go's `Request.Form`. */
export class Form {
  readonly #values = new Map<string, string[]>();

  /** `sources` are query strings without `?`. */
  constructor(sources: readonly string[]) {
    let count = 0;
    for (const source of sources) {
      for (const [name, value] of new URLSearchParams(source)) {
        if (++count > apiLimits.parametersCount) {
          throw new RequestError(400, `more than ${apiLimits.parametersCount} parameters`);
        }
        const values = this.#values.get(name);
        if (values === undefined) this.#values.set(name, [value]);
        else values.push(value);
      }
    }
  }

  /** The first value, or '' when there is none: Loki treats the two alike. */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}
