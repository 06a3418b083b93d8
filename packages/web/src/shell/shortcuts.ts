/** Keys that work anywhere on the page, except while something is typed. One table: the help is drawn from it. */
export interface Shortcut {
  /** As `KeyboardEvent.key` says it; several do the same. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: 'Anywhere' | 'Query' | 'Lines' | 'Time';
  /** Where the key is handled when not by `bindShortcuts`: in the editor. */
  readonly shown?: readonly string[];
}

export const shortcuts = {
  query: { keys: ['/'], label: 'Go to the query', group: 'Query' },
  run: { keys: [], shown: ['Ctrl', 'Enter'], label: 'Run the query', group: 'Query' },
  newline: { keys: [], shown: ['Shift', 'Enter'], label: 'New line in the query', group: 'Query' },
  complete: { keys: [], shown: ['Ctrl', 'Space'], label: 'Suggest what comes next', group: 'Query' },
  refresh: { keys: ['r'], label: 'Ask again', group: 'Query' },
  down: { keys: ['j'], label: 'Next line', group: 'Lines' },
  up: { keys: ['k'], label: 'Previous line', group: 'Lines' },
  expand: { keys: [], shown: ['Enter'], label: 'Open or close the line', group: 'Lines' },
  first: { keys: ['g'], label: 'First line', group: 'Lines' },
  last: { keys: ['G'], label: 'Last line', group: 'Lines' },
  copy: { keys: ['c'], label: 'Copy the line', group: 'Lines' },
  wrap: { keys: ['w'], label: 'Wrap lines', group: 'Lines' },
  follow: { keys: ['f'], label: 'Follow new lines', group: 'Lines' },
  pause: { keys: ['p'], label: 'Pause or resume following', group: 'Lines' },
  range: { keys: ['t'], label: 'Choose the time range', group: 'Time' },
  earlier: { keys: ['['], label: 'Earlier', group: 'Time' },
  later: { keys: [']'], label: 'Later', group: 'Time' },
  wider: { keys: ['-'], label: 'Wider', group: 'Time' },
  explore: { keys: ['1'], label: 'Explore', group: 'Anywhere' },
  trace: { keys: ['2'], label: 'Trace an id', group: 'Anywhere' },
  alerts: { keys: ['3'], label: 'Alerts', group: 'Anywhere' },
  help: { keys: ['?'], label: 'This help', group: 'Anywhere' },
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof shortcuts;

/** Is the person typing? Then letters are letters. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Calls the action of a key. Returns how to stop. */
export function bindShortcuts(actions: Partial<Record<ShortcutName, () => void>>): () => void {
  const byKey = new Map<string, () => void>();
  for (const [name, action] of Object.entries(actions)) {
    for (const key of shortcuts[name as ShortcutName].keys) byKey.set(key, action);
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    const action = byKey.get(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}
