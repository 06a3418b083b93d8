/**
 * A twin of Go's template parser for what the recorded queries get wrong: an unclosed action and an unknown function. The real
 * one is injected by the query room.
 */
export function templateError(name: string, template: string): string | undefined {
  const actions = template.split('{{').slice(1);
  for (const action of actions) {
    if (!action.includes('}}')) return `template: ${name}:1: unclosed action`;
    const unknown = /^[-\s]*(shout)\b/.exec(action);
    if (unknown) return `template: ${name}:1: function "${unknown[1]}" not defined`;
  }
  return undefined;
}
