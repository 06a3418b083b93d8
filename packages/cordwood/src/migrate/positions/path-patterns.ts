import {
  type Block,
  blockName,
  bodyReferences,
  type Expression,
  type File,
  type Statement,
  unquote,
} from '@cordwood/alloy';
import { compileGlob } from '../../agent/tail/glob.ts';

/** A `loki.source.file` of a configuration, and which paths it may read as far as the text tells. */
export interface FileSource {
  /** `loki.source.file.pods` */
  readonly id: string;
  /** Patterns of its `__path__`; none when they come from discovery alone. */
  readonly patterns: readonly string[];
  /** Could it read this path? Without a pattern anything is possible. */
  mayRead(path: string): boolean;
}

/** Every `loki.source.file` of a configuration. */
export function fileSources(file: File): FileSource[] {
  const blocks = new Map<string, Block>();
  for (const statement of file.body) if (statement.kind === 'block') blocks.set(blockId(statement), statement);
  const sources = [...blocks].filter(([, block]) => blockName(block) === 'loki.source.file');
  return sources.map(([id, block]) => {
    const patterns = [...new Set(patternsOf(block, blocks, new Set()))];
    const globs = patterns.flatMap((pattern) => {
      const compiled = compileGlob(pattern);
      return 'glob' in compiled ? [compiled.glob] : [];
    });
    return { id, patterns, mayRead: (path) => globs.length === 0 || globs.some((glob) => glob.matches(path)) };
  });
}

export function blockId(block: Block): string {
  return block.label === undefined ? blockName(block) : `${blockName(block)}.${block.label.text}`;
}

/** What a block and the blocks that it refers to write into `__path__`. */
function patternsOf(block: Block, blocks: ReadonlyMap<string, Block>, seen: Set<string>): string[] {
  const id = blockId(block);
  if (seen.has(id)) return [];
  seen.add(id);
  const out = bodyPatterns(block.body);
  for (const { names } of bodyReferences(block.body)) {
    const target = blocks.get(names.slice(0, -1).join('.'));
    // Only what makes targets: `forward_to` names the other direction.
    if (target !== undefined && /^(discovery|local)\./.test(blockName(target))) {
      out.push(...patternsOf(target, blocks, seen));
    }
  }
  return out;
}

function bodyPatterns(body: readonly Statement[]): string[] {
  return body.flatMap((statement) => {
    if (statement.kind === 'attribute') return expressionPatterns(statement.value);
    return blockName(statement) === 'rule' ? rulePatterns(statement) : bodyPatterns(statement.body);
  });
}

function expressionPatterns(expression: Expression): string[] {
  switch (expression.kind) {
    case 'object':
      return expression.fields.flatMap(({ name, value }) => {
        const text = name === '__path__' ? stringOf(value) : undefined;
        return text === undefined ? [] : [text];
      });
    case 'list':
    case 'call':
      return expression.items.flatMap(expressionPatterns);
    default:
      return [];
  }
}

/** A rule that writes `__path__`: what it takes from elsewhere may be anything. */
function rulePatterns(rule: Block): string[] {
  const attributes = new Map(
    rule.body.flatMap((statement) => (statement.kind === 'attribute' ? [[statement.name.name, statement.value]] : [])),
  );
  if (stringOf(attributes.get('target_label')) !== '__path__') return [];
  const replacement = stringOf(attributes.get('replacement')) ?? '$1';
  const pattern = replacement.replace(/\$(?:\d+|\{\w+\})/g, '*').replace(/\*{2,}/g, '*');
  return /[^*/]/.test(pattern) ? [withAnyDepth(pattern)] : [];
}

/** A captured text may hold slashes (`namespace_pod_uid/container`): allow them where a star came from one. */
function withAnyDepth(pattern: string): string {
  return pattern.replace(/\/\*(?=\/)/g, '/**');
}

function stringOf(expression: Expression | undefined): string | undefined {
  if (expression?.kind !== 'literal' || expression.type !== 'string') return undefined;
  const read = unquote(expression.text);
  return 'value' in read ? read.value : undefined;
}
