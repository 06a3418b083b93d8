import type { ComponentDefinition } from '../component.ts';

/** Every component that the agent runs, by its name. Lists elsewhere are derived from this one. */
const all: readonly ComponentDefinition[] = [];

export const componentDefinitions: ReadonlyMap<string, ComponentDefinition> = new Map(
  all.map((definition) => [definition.name, definition]),
);
