/** Bounds of the HTTP side that Loki's configuration does not name. Each has a unit and a reason. */
export const apiLimits = {
  /** Pushes being read or stored at once, in bytes of their bodies. Above it clients are asked to wait: memory stays bounded. */
  pushInflightBytes: 256 * 1024 * 1024,
  /** What one compressed push may become: decoding needs it in memory at once, whatever the configuration allows. */
  pushDecompressedBytes: 512 * 1024 * 1024,
  /** Text of one stream's labels in a push, as Loki. */
  streamLabelsBytes: 16 * 1024 * 1024,
  /** Seconds a client is asked to wait after 429 or 503. */
  retryAfterSeconds: 1,
  /** Length of a path parameter (label name, namespace, group), bytes. */
  pathParameterLength: 4096,
  /** Address and headers of a request, as Go's default: a query may be 128 KiB long and come by GET. */
  headersBytes: 1024 * 1024,
  /** Parameters of one request: more is a mistake or an attack. */
  parametersCount: 10_000,
  /** Answers are handed to the socket in pieces of about this size, so that a large result is never one string. */
  answerPieceLength: 64 * 1024,
  /** Queries that run at the same time although `querier.max_concurrent` says 0. */
  queriesAtOnceMin: 1,
  /** Steps of index/volume_range: each is a look at the index. */
  volumeStepsMax: 11_000,
  /** Body of a rule group, bytes. */
  ruleGroupBytes: 1024 * 1024,
} as const;
