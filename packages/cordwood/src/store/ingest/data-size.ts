const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A size as Loki's error texts print it: whole units of 1024, the largest that divides evenly (`3MB`, `1500B`). */
export function formatDataSize(bytes: number): string {
  let value = Math.floor(bytes);
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}
