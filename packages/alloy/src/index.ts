/** Alloy configuration language. */
export {};
