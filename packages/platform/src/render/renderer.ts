import type { Platform } from '../platform.ts';
import type { Artifact } from './artifact.ts';

/**
 * Makes files of one kind. Pure: the same platform gives the same bytes. No clock, no random numbers, no disk, no map with an
 * order that could differ.
 */
export interface Renderer {
  readonly name: string;
  readonly render: (platform: Platform) => readonly Artifact[];
}
