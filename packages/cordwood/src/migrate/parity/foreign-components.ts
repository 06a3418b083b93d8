/**
 * Components that Alloy has and the agent does not run: other discoveries, sources of other systems. A comparison need not fail
 * because of them: their arguments are left out, discoveries offer the targets that `targets.yaml` gives them, sources get no
 * input and are named.
 */
import { blockName, parse, type SourceFile, schema } from '@cordwood/alloy';
import type { ComponentDefinition } from '../../agent/component.ts';
import { componentDefinitions } from '../../agent/components/registry.ts';
import { type Target, targetsValue } from '../../agent/target.ts';

const foreignName = /^(discovery|loki\.source)\.\w+$/;

export interface ForeignComponents {
  /** The file with empty bodies in place of what the agent could not read; every line stays where it was. */
  readonly source: SourceFile;
  readonly definitions: readonly ComponentDefinition[];
}

/** `idle` is told of each component that gets nothing. */
export function replaceForeign(
  source: SourceFile,
  targets: Readonly<Record<string, readonly Target[]>>,
  idle: (id: string) => void,
): ForeignComponents {
  const { diagnostics, file } = parse(source);
  if (diagnostics.length > 0) return { source, definitions: [] };
  let { text } = source;
  const names = new Set<string>();
  for (const block of file.body) {
    if (block.kind !== 'block') continue;
    const name = blockName(block);
    if (!foreignName.test(name) || componentDefinitions.has(name)) continue;
    names.add(name);
    const body = text.slice(block.open + 1, block.close);
    text = text.slice(0, block.open + 1) + body.replace(/[^\n]/g, ' ') + text.slice(block.close);
  }
  return { source: { ...source, text }, definitions: [...names].map((name) => stub(name, targets, idle)) };
}

function stub(
  name: string,
  targets: Readonly<Record<string, readonly Target[]>>,
  idle: (id: string) => void,
): ComponentDefinition {
  const discovers = name.startsWith('discovery.');
  return {
    name,
    stability: 'generally-available',
    schema: schema({}),
    exports: discovers ? ['targets'] : [],
    create({ id }) {
      const found = targets[id];
      if (found === undefined) idle(id);
      return {
        exports: new Map(discovers ? [['targets', targetsValue(found ?? [])]] : []),
        update: () => undefined,
        start() {},
        async stop() {},
      };
    },
  };
}
