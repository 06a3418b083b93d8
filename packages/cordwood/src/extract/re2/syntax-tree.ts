import type { CharSet } from './char-set.ts';

/** A regular expression as a tree: plain data. Flags (`i`, `s`, `m`, `U`) are already worked in, so no node carries any. */
export type Re2Node =
  | { readonly kind: 'empty' }
  /** One character of the set. An empty set matches nothing. */
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Re2Node[] }
  /** Earlier items are preferred. */
  | { readonly kind: 'alternation'; readonly items: readonly Re2Node[] }
  /** `index` counts from 1; `name` is '' for a group without one. */
  | { readonly kind: 'group'; readonly index: number; readonly name: string; readonly item: Re2Node }
  /** `max` may be Infinity. */
  | {
      readonly kind: 'repeat';
      readonly item: Re2Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    };

/** Words are ASCII words, lines end with \n only: RE2's rules. */
export type Assertion = 'beginText' | 'endText' | 'beginLine' | 'endLine' | 'wordBoundary' | 'notWordBoundary';

export interface Re2Syntax {
  readonly root: Re2Node;
  /** By group number; [0], the whole match, is ''. */
  readonly groupNames: readonly string[];
}
