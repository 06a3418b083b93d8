/** A rendered file. */
export interface Artifact {
  /** Relative to the output folder, with slashes: `helm/loki/values.yaml`. */
  readonly path: string;
  /** Ends with a line break. */
  readonly text: string;
}
