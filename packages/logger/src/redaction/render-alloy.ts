import type { TextPattern } from './patterns.ts';
import type { CustomPattern } from './policy.ts';

/** One `stage.replace` a pattern, formatted as `alloy fmt` does, indented for the body of a `loki.process`. */
export function renderAlloy(patterns: readonly (TextPattern | CustomPattern)[]): string {
  return patterns
    .map((pattern) => {
      const replace = ('template' in pattern ? pattern.template : undefined) ?? pattern.tag;
      return `\t// ${pattern.name}\n\tstage.replace {\n\t\texpression = ${alloyString(pattern.expression)}\n\t\treplace    = ${alloyString(replace)}\n\t}\n`;
    })
    .join('\n');
}

/** A raw string where one can say it: expressions stay readable without doubled backslashes. */
function alloyString(text: string): string {
  if (!/[`\r\n]/.test(text) && /["\\]/.test(text)) return `\`${text}\``;
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}
