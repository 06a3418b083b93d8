import type { Renderer } from './renderer.ts';
import { storageModule } from './terraform/storage-module.ts';
import { storageRoots } from './terraform/storage-roots.ts';

/** Every renderer: one file each beside this one, one line here. */
export const renderers: readonly Renderer[] = [storageModule, storageRoots];
