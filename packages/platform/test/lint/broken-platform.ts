import greenlang from '../../../../greenlang/platform.ts';
import { definePlatform } from '../../src/define-platform.ts';
import type { EnvironmentDefinition, PlatformDefinition, TenantDefinition } from '../../src/platform-definition.ts';
import type { Artifact } from '../../src/render/artifact.ts';
import { renderPlatform } from '../../src/render/render-platform.ts';

/** GreenLang with one thing broken, and what the check must say. */
export interface BrokenPlatform {
  /** Id of the check. */
  readonly check: string;
  /** What is broken. */
  readonly name: string;
  readonly finds: RegExp;
  /** Changes the definition. */
  readonly definition?: (definition: PlatformDefinition) => PlatformDefinition;
  /** Changes a rendered text, as an edit by hand or a patch would. */
  readonly artifact?: { readonly path: string; readonly change: (text: string) => string };
}

export function render(broken: BrokenPlatform) {
  const platform =
    broken.definition === undefined ? greenlang : definePlatform(broken.definition(greenlang.definition));
  const artifacts = renderPlatform(platform).map((artifact): Artifact => {
    if (broken.artifact?.path !== artifact.path) return artifact;
    const text = broken.artifact.change(artifact.text);
    if (text === artifact.text) throw new Error(`${broken.name}: the change of ${artifact.path} changes nothing`);
    return { path: artifact.path, text };
  });
  if (broken.artifact !== undefined && !artifacts.some(({ path }) => path === broken.artifact!.path))
    throw new Error(`${broken.name}: there is no ${broken.artifact.path}`);
  return { platform, artifacts };
}

/** The definition with another environment. */
export const environment =
  (name: string, change: Partial<EnvironmentDefinition>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    environments: { ...definition.environments, [name]: { ...definition.environments[name]!, ...change } },
  });

/** The definition with another tenant, or one more. */
export const tenant =
  (id: string, change: Partial<TenantDefinition>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    tenants: {
      ...definition.tenants,
      [id]: { ...(definition.tenants[id] ?? definition.tenants['self-monitoring']!), ...change },
    },
  });

/** The definition with another part. */
export const part =
  <Key extends keyof PlatformDefinition>(key: Key, change: Partial<PlatformDefinition[Key]>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    [key]: { ...(definition[key] as object), ...change },
  });

/** Replaces a text, which must be there. */
export const replacing =
  (from: string | RegExp, to: string) =>
  (text: string): string =>
    text.replace(from, to);
