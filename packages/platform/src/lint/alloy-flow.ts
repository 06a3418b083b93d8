/** The rendered Alloy configurations as graphs: which component sends to which. */
import { type Block, blockName, bodyReferences, parse } from '@cordwood/alloy';
import type { CheckInput } from './check.ts';

export interface AlloyFile {
  readonly path: string;
  readonly text: string;
  readonly components: readonly AlloyComponent[];
}

export interface AlloyComponent {
  /** `loki.process.redact` */
  readonly id: string;
  /** `loki.process` */
  readonly name: string;
  readonly block: Block;
  /** Components whose receiver or input it names. */
  readonly sendsTo: readonly string[];
}

const alloyPath = /^(?:helm\/alloy\/files|local\/[^/]+)\/[^/]+\.alloy$/;

/** Parsing is most of the work of a lint, and many checks ask. */
const parsed = new WeakMap<CheckInput, AlloyFile[]>();

/** Every rendered configuration, those for a cluster first. */
export function alloyFiles(input: CheckInput): AlloyFile[] {
  const known = parsed.get(input);
  if (known !== undefined) return known;
  const files = input.artifacts
    .filter(({ path }) => alloyPath.test(path))
    .map(({ path, text }) => ({ path, text, components: componentsOf(text) }));
  parsed.set(input, files);
  return files;
}

/** Only those that Helm installs. */
export const clusterAlloyFiles = (input: CheckInput): AlloyFile[] =>
  alloyFiles(input).filter(({ path }) => path.startsWith('helm/'));

function componentsOf(text: string): AlloyComponent[] {
  const { file } = parse({ name: 'config.alloy', text });
  return (file?.body ?? []).flatMap((statement) => {
    if (statement.kind !== 'block' || statement.label === undefined) return [];
    const name = blockName(statement);
    const sendsTo = bodyReferences(statement.body)
      .map(({ names }) => names)
      .filter((names) => names.at(-1) === 'receiver' || names.at(-1) === 'input')
      .map((names) => names.slice(0, -1).join('.'));
    return [{ id: `${name}.${statement.label.text}`, name, block: statement, sendsTo }];
  });
}

/** Nested blocks with this name, wherever in the component. */
export function nestedBlocks(block: Block, name: string): Block[] {
  return block.body.flatMap((statement) =>
    statement.kind === 'block'
      ? [...(blockName(statement) === name ? [statement] : []), ...nestedBlocks(statement, name)]
      : [],
  );
}

/** The environment that a file is for. */
export const environmentOf = (path: string): string => /([^/]+?)(?:\.alloy|\/config\.alloy)$/.exec(path)?.[1] ?? '';
