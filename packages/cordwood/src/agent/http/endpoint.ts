/** `host:port` of an endpoint: `0.0.0.0:4318`, `[::1]:4318`, `:4318`. */
export function parseEndpoint(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[3]) > 65_535) return undefined;
  return { host: match[1] || match[2] || '0.0.0.0', port: Number(match[3]) };
}
