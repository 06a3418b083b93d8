import type { Platform } from '../platform.ts';
import type { Artifact } from '../render/artifact.ts';

/** A place in an artifact: its path and, if the finding is about one place in it, a text of that line. */
export interface ArtifactPlace {
  readonly path: string;
  /** The first line that holds this text is the place. Without it: the first line of the file. */
  readonly text?: string;
}

/** What a check found. */
export interface CheckFinding {
  /** What is wrong here, with the values: one sentence. */
  readonly message: string;
  /** Path in the definition, as `printPath` writes it: `environments.prod.replicas.write`. */
  readonly at: string;
  /** Where it shows in what is rendered. */
  readonly in?: ArtifactPlace;
}

/** What a check looks at. */
export interface CheckInput {
  readonly platform: Platform;
  readonly artifacts: readonly Artifact[];
  /** The text of an artifact, or undefined. */
  readonly text: (path: string) => string | undefined;
  /** The documents of a YAML or JSON artifact as plain data; empty when there is no such artifact. Parsed once. */
  readonly documents: (path: string) => readonly unknown[];
  /** Texts of the tests beside the definition (`tests/*.test.yaml`); undefined: not known, and not checked. */
  readonly tests: readonly string[] | undefined;
}

/** One thing that the lint knows. One file each, one line in the registry, one broken fixture in test/lint. */
export interface Check {
  /** Never changes: people accept and search by it. `retention/archived-chunks` */
  readonly id: string;
  /** `error` fails the lint; `warning` is shown. */
  readonly severity: 'error' | 'warning';
  /** What it demands, in a line. */
  readonly title: string;
  /** What goes wrong otherwise. */
  readonly reason: string;
  /** What to do. */
  readonly fix: string;
  /** Traps of INFRA-009 that it keeps shut: `T1`. */
  readonly traps?: readonly string[];
  readonly find: (input: CheckInput) => readonly CheckFinding[];
}
