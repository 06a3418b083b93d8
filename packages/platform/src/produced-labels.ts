/** What a rendered `config.alloy` makes of a line: labels that streams have, and structured metadata. */
export interface ProducedLabels {
  readonly index: ReadonlySet<string>;
  readonly metadata: ReadonlySet<string>;
}

/** Loki adds these itself: the discovered service, the level that it read, the shard of a stream. */
const fromLoki = { index: ['service_name', '__stream_shard__'], metadata: ['detected_level'] } as const;

/** Reads the formatted text of our renderer; a label that only some lines have counts as produced. */
export function producedLabels(configAlloy: string): ProducedLabels {
  const keysOf = (pattern: RegExp) =>
    [...configAlloy.matchAll(pattern)].flatMap(([, body]) =>
      [...body!.matchAll(/^\s*"?(\w+)"?\s*=/gm)].map(([, key]) => key!),
    );
  const listed = (pattern: RegExp) =>
    [...configAlloy.matchAll(pattern)].flatMap(([, body]) =>
      [...body!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!),
    );
  const metadata = new Set([
    ...keysOf(/stage\.structured_metadata \{\s*values\s*= \{([^}]*)\}/g),
    ...fromLoki.metadata,
  ]);
  const dropped = new Set(listed(/stage\.label_drop \{\s*values\s*= \[([^\]]*)\]/g));
  const groups = [...configAlloy.matchAll(/stage\.regex \{([^}]*labels_from_groups\s*= true[^}]*)\}/g)].flatMap(
    ([, body]) => [...body!.matchAll(/\(\?P<(\w+)>/g)].map(([, name]) => name!),
  );
  const index = [
    ...keysOf(/stage\.labels \{\s*values\s*= \{([^}]*)\}/g),
    ...keysOf(/stage\.static_labels \{\s*values\s*= \{([^}]*)\}/g),
    ...keysOf(/external_labels\s*= \{([^}]*)\}/g),
    ...keysOf(/(?<!external_)\blabels\s*= \{([^}]*)\}/g),
    ...[...configAlloy.matchAll(/target_label\s*= "(\w+)"/g)].map(([, name]) => name!),
    ...keysOf(/path_targets\s*= \[\{([^}]*)\}/g),
    ...groups,
    ...fromLoki.index,
  ].filter((name) => !name.startsWith('__') || name === '__stream_shard__');
  return { index: new Set(index.filter((name) => !metadata.has(name) && !dropped.has(name))), metadata };
}
