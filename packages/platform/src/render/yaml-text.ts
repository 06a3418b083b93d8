import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  Scalar,
  type ToStringOptions,
  visit,
} from 'yaml';

/** One style for every YAML file: two spaces, no line folding (a folded LogQL expression cannot be searched for). */
export const yamlOptions: ToStringOptions = { lineWidth: 0, indentSeq: true };

export interface YamlComments {
  /** Over the file. */
  readonly head?: string;
  /** Over a key, by its path: `limits_config.max_query_parallelism`, `groups.0.rules.1`. */
  readonly at?: Readonly<Record<string, string>>;
}

/** Plain data as YAML text. Keys keep their order; entries that are undefined are left out; texts of several lines are blocks. */
export function yamlText(value: unknown, comments: YamlComments = {}): string {
  const document = new Document(withoutUndefined(value), { aliasDuplicateObjects: false });
  if (comments.head !== undefined) document.commentBefore = commentLines(comments.head);
  for (const [path, text] of Object.entries(comments.at ?? {})) commentAt(document, path.split('.'), text);
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== 'string' || key === 'key') return;
      if (node.value.includes('\n')) node.type = Scalar.BLOCK_LITERAL;
      else if (mustBeQuoted(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  spaceSections(document);
  return document.toString(yamlOptions);
}

/** An empty line before every section of the file. */
function spaceSections(document: Document): void {
  if (!isMap(document.contents)) return;
  document.contents.items.forEach((pair, i) => {
    if (i > 0 && isCollection(pair.value) && pair.value.items.length > 0 && isScalar(pair.key))
      pair.key.spaceBefore = true;
  });
}

/** Texts that a YAML 1.1 reader (Go's, Helm's) would take for a date, a boolean, a number in base 60 or 8. */
function mustBeQuoted(text: string): boolean {
  return /^(\d{4}-\d{2}-\d{2}.*|[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|\d+(:[0-5]?\d)+|0[0-7]+)$/.test(text);
}

const commentLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');

/** Puts a comment over the pair or item at a path. A path that leads nowhere is a mistake of the renderer. */
function commentAt(document: Document, path: readonly string[], text: string): void {
  let node: unknown = document.contents;
  let target: Node | undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
      target = pair?.key as Node | undefined;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      target = node as Node | undefined;
    } else {
      target = undefined;
      break;
    }
  }
  if (target === undefined) throw new Error(`no place for a comment: ${path.join('.')}`);
  target.commentBefore = commentLines(text);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, withoutUndefined(entry)]),
  );
}
