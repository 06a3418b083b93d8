import type { Job } from '../job.ts';
import type { YamlValue } from '../yaml-value.ts';

/** A source that a scrape config has at most one of: one file, one line in the registry. */
export interface SourceKind {
  /** Its key in a scrape config. */
  readonly from: string;
  /** Writes the components of the job that stand for it. */
  convert(value: YamlValue, job: Job): void;
}
