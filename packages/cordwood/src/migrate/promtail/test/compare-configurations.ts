import {
  type Block,
  blockName,
  type Expression,
  evaluate,
  type File,
  parse,
  type Statement,
  toPlain,
} from '@cordwood/alloy';

/** One difference between two configurations: where, and what either side has there. */
export interface Difference {
  /** `loki.write.default.endpoint[0].url` */
  readonly path: string;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/**
 * Differences in meaning: components by name and label, attributes by name and value, repeated blocks in their order. Layout,
 * the order of attributes and comments do not count.
 */
export function compareConfigurations(left: string, right: string): Difference[] {
  const [a, b] = [flatten(read(left)), flatten(read(right))];
  const paths = [...new Set([...a.keys(), ...b.keys()])];
  return paths
    .filter((path) => a.get(path) !== b.get(path))
    .map((path) => ({ path, left: a.get(path), right: b.get(path) }));
}

function read(text: string): File {
  const { file, diagnostics } = parse({ name: 'config.alloy', text });
  if (diagnostics.length > 0) throw new Error(`line ${diagnostics[0]!.line}: ${diagnostics[0]!.message}\n${text}`);
  return file;
}

function flatten(file: File): Map<string, string> {
  const out = new Map<string, string>();
  const body = (statements: readonly Statement[], path: string) => {
    const seen = new Map<string, number>();
    for (const statement of statements) {
      if (statement.kind === 'attribute') {
        out.set(`${path}${statement.name.name}`, valueText(statement.value, file));
        continue;
      }
      // Stages keep their order across names; other blocks among those of their name.
      const family = blockName(statement).startsWith('stage.') ? 'stage' : blockName(statement);
      const index = seen.get(family) ?? 0;
      seen.set(family, index + 1);
      const own = path === '' ? blockPath(statement) : `${path}${family}[${index}]`;
      out.set(own, blockName(statement));
      body(statement.body, `${own}.`);
    }
  };
  body(file.body, '');
  return out;
}

function blockPath(block: Block): string {
  return block.label === undefined ? blockName(block) : `${blockName(block)}.${block.label.text}`;
}

/** The value where it is constant, else the text without blanks. */
function valueText(expression: Expression, file: File): string {
  const result = evaluate(expression, { file: file.source, resolve: () => undefined });
  if ('value' in result) return JSON.stringify(sorted(toPlain(result.value)));
  return file.source.text
    .slice(expression.start, expression.end)
    .replace(/\s+/g, '')
    .replace(/,([)\]}])/g, '$1');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
