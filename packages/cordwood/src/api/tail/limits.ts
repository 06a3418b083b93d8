/** Bounds of one live tail, as Loki has them (loki.md 1.9) where it says. */
export const tailLimits = {
  entriesPerMessage: 100,
  /** Entries that were left out for a slow client and are named to it later. */
  rememberedDrops: 1000,
  /** Bytes that may wait in the socket of a slow client before entries are left out. */
  bufferedBytes: 4 * 1024 * 1024,
  pingIntervalMs: 1000,
  /** A client that does not answer the end of a tail is cut off after this long: it must not hold up a stopping server. */
  closeGraceMs: 1000,
  delayForSeconds: 5,
  /** Entries that may wait for the history to be sent first. */
  waitingEntries: 10_000,
} as const;
