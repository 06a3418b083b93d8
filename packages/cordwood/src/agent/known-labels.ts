/** Which labels can exist where: from discovery through relabelling to the sources, and on through the components. */

import type { RelabelRule } from '../extract/relabel.ts';
import type { LoadedNode } from './module.ts';

/** Names that may exist at a place. */
export interface Known {
  readonly names: Set<string>;
  /** Others may exist as well: what brings them is only known at run time. */
  open: boolean;
}

export function known(names: Iterable<string> = [], open = false): Known {
  return { names: new Set(names), open };
}

export function union(all: readonly Known[]): Known {
  return known(
    all.flatMap(({ names }) => [...names]),
    all.some(({ open }) => open),
  );
}

/** Names after rules. What a rule removes stays listed: whether it meets a label is only known at run time. */
function relabelled(before: Known, rules: readonly RelabelRule[]): Known {
  const after = known(before.names, before.open);
  for (const { action, target_label: target } of rules) {
    if (action === 'labelmap' || target.includes('$')) after.open = true;
    else if (['replace', 'hashmod', 'lowercase', 'uppercase'].includes(action)) after.names.add(target);
  }
  return after;
}

/** Labels that start with `__` stay inside of a source. */
function visible(all: Known, ...more: string[]): Known {
  return known([...[...all.names].filter((name) => !name.startsWith('__')), ...more], all.open);
}

type Targets = readonly ReadonlyMap<string, string>[];
const namesOf = (targets: Targets) => known(targets.flatMap((target) => [...target.keys()]));

/**
 * Labels of what a component hands on (entries or targets), by what flows into it. `undefined` for loki.process, whose stages
 * are a matter of their own.
 */
export function labelsOf({ node, arguments: given }: LoadedNode, into: () => Known): Known | undefined {
  const args = given as Readonly<Record<string, unknown>>;
  const rules = (args['rule'] ?? args['relabel_rules'] ?? []) as readonly RelabelRule[];
  const fixed = args['labels'] as ReadonlyMap<string, string> | undefined;
  switch (node.definition.name) {
    case 'loki.process':
      return undefined;
    case 'discovery.kubernetes':
      // Everything that it says is in labels that start with `__`.
      return known();
    case 'local.file_match':
      return union([into(), namesOf(args['path_targets'] as Targets)]);
    case 'discovery.relabel':
      return relabelled(union([into(), namesOf(args['targets'] as Targets)]), rules);
    case 'loki.source.file':
      return visible(union([into(), namesOf(args['targets'] as Targets)]), 'filename');
    case 'loki.source.kubernetes':
      return visible(union([into(), namesOf(args['targets'] as Targets)]), 'job', 'instance');
    case 'loki.source.journal':
      return visible(relabelled(known(fixed?.keys()), rules), 'job');
    case 'loki.source.syslog': {
      const listeners = args['listener'] as readonly { labels: ReadonlyMap<string, string> }[];
      return visible(relabelled(known(listeners.flatMap(({ labels }) => [...labels.keys()])), rules));
    }
    case 'loki.relabel':
      return relabelled(into(), rules);
    case 'loki.secretfilter':
      return into();
    case 'loki.enrich': {
      const copied = args['labels_to_copy'] as readonly string[];
      return union([into(), copied.length > 0 ? known(copied) : namesOf(args['targets'] as Targets)]);
    }
    default:
      return known(into().names, true);
  }
}
