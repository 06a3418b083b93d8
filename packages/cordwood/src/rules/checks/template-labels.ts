/** Labels that a template of an alert reads: `{{ $labels.x }}`, `{{ .Labels.x }}`, `{{ index $labels "x" }}`. */
export function templateLabels(text: string): string[] {
  const names = new Set<string>();
  for (const [action] of text.matchAll(/\{\{.*?\}\}/gs)) {
    for (const match of action.matchAll(
      /(?:\$labels|\.Labels)\.([A-Za-z_]\w*)|index\s+(?:\$labels|\.Labels)\s+"([^"]+)"/g,
    ))
      names.add(match[1] ?? match[2]!);
  }
  return [...names];
}
