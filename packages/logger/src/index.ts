/** The logger that services install. */
export {};
