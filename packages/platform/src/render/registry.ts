import type { Renderer } from './renderer.ts';

/** Every renderer: one file each beside this one, one line here. */
export const renderers: readonly Renderer[] = [];
