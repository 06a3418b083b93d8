/** LogQL: text <-> tree, checks, printing. The front door; every name that others may use is listed here. */
export type * from './tree.ts';
