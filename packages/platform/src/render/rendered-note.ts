/** Stands over every rendered file that can hold a comment. */
export const renderedNote = 'Rendered from platform.ts by `cordwood render`; edit that.';
