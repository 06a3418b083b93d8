/** Whether Prometheus and Loki take it for a label name: letters, digits, underscores, no digit first. */
export function isLabelName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
