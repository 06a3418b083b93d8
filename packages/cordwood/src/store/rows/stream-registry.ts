import type { StreamRef } from '../../model/batch.ts';
import { type Labels, printLabels } from '../../model/labels.ts';

/** The streams that a tenant's data speaks of, each with one number as long as the process lives. */
export class StreamRegistry {
  readonly #byText = new Map<string, StreamRef>();

  /** `text` is printLabels(labels), where the caller has it already. */
  refOf(labels: Labels, text = printLabels(labels)): StreamRef {
    let ref = this.#byText.get(text);
    if (ref === undefined) {
      ref = { id: this.#byText.size, labels };
      this.#byText.set(text, ref);
    }
    return ref;
  }
}
