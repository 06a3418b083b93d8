/**
 * `-config.expand-env`: replaces `${...}` in the whole text of a configuration before YAML is read, with the functions of
 * Bash that Loki's library knows (https://github.com/drone/envsubst). An unset variable is empty; `$$` is a plain `$`.
 */
export function expandEnv(text: string, env: Readonly<Record<string, string | undefined>>): ExpandResult {
  const errors: ExpandError[] = [];
  let out = '';
  let position = 0;
  while (position < text.length) {
    const dollar = text.indexOf('$', position);
    if (dollar < 0) break;
    out += text.slice(position, dollar);
    if (text[dollar + 1] === '$' && text[dollar + 2] === '{') {
      out += '$';
      position = dollar + 2;
      continue;
    }
    if (text[dollar + 1] !== '{') {
      out += '$';
      position = dollar + 1;
      continue;
    }
    const end = closingBrace(text, dollar + 2);
    if (end < 0) {
      errors.push({ offset: dollar, message: 'a brace is opened after $ and never closed' });
      out += text.slice(dollar);
      position = text.length;
      break;
    }
    const body = text.slice(dollar + 2, end);
    const value = evaluate(body, env);
    if (value === undefined) errors.push({ offset: dollar, message: `cannot read \${${body}}` });
    else out += value;
    position = end + 1;
  }
  return { text: out + text.slice(position), errors };
}

export interface ExpandError {
  /** Place in the text before expansion. */
  readonly offset: number;
  readonly message: string;
}
export interface ExpandResult {
  readonly text: string;
  readonly errors: readonly ExpandError[];
}

/** Index of the brace that ends the expansion whose body starts at `start`; defaults may hold expansions themselves. */
function closingBrace(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith('${', i)) {
      depth++;
      i++;
    } else if (text[i] === '}' && --depth === 0) return i;
    else if (text[i] === '\n' && depth === 1 && /^\s*\w*\s*$/.test(text.slice(start, i))) return -1;
  }
  return -1;
}

const nesting = 20;

function evaluate(body: string, env: Readonly<Record<string, string | undefined>>, depth = 0): string | undefined {
  if (depth > nesting) return undefined;
  const argument = (text: string): string => {
    const expanded = text.replace(
      /\$\{((?:[^${}]|\$\{[^}]*\})*)\}/g,
      (_all, inner) => evaluate(inner, env, depth + 1) ?? '',
    );
    return expanded;
  };
  const length = /^#([A-Za-z_]\w*)$/.exec(body);
  if (length) return String([...(env[length[1]!] ?? '')].length);
  const [, name, rest] = /^([A-Za-z_]\w*)([\s\S]*)$/.exec(body) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  const value = env[name] ?? '';
  const [, operator, operand = ''] =
    /^(:-|:=|:\+|:\?|-|=|\+|\^\^|\^|,,|,|##|#|%%|%|\/\/|\/#|\/%|\/|:)([\s\S]*)$/.exec(rest) ?? [];
  switch (operator) {
    case undefined:
      return rest === '' ? value : undefined;
    case ':-':
    case ':=':
    case '-':
    case '=':
      return value === '' ? argument(operand) : value;
    case ':+':
    case '+':
      return value === '' ? '' : argument(operand);
    case ':?':
      return value;
    case '^^':
      return value.toUpperCase();
    case '^':
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case ',,':
      return value.toLowerCase();
    case ',':
      return value.slice(0, 1).toLowerCase() + value.slice(1);
    case '#':
    case '##':
      return trimPrefix(value, argument(operand), operator === '##');
    case '%':
    case '%%':
      return trimSuffix(value, argument(operand), operator === '%%');
    case '/':
    case '//':
    case '/#':
    case '/%':
      return replace(value, operator, argument(operand));
    default:
      return substring(value, operand);
  }
}

function substring(value: string, operand: string): string | undefined {
  const [, offset, length] = /^\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?$/.exec(operand) ?? [];
  if (offset === undefined) return undefined;
  const start = Number(offset) < 0 ? Math.max(0, value.length + Number(offset)) : Number(offset);
  if (length === undefined) return value.slice(start);
  return Number(length) < 0 ? value.slice(start, Number(length)) : value.slice(start, start + Number(length));
}

/** Patterns here are shell globs: `*`, `?`. */
function glob(pattern: string, greedy: boolean): string {
  return pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*/g, greedy ? '[\\s\\S]*' : '[\\s\\S]*?')
    .replace(/\?(?!\))/g, (mark, at: number, whole: string) => (whole[at - 1] === '*' ? mark : '[\\s\\S]'));
}

function trimPrefix(value: string, pattern: string, longest: boolean): string {
  return value.replace(new RegExp(`^${glob(pattern, longest)}`), '');
}

function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const expression = new RegExp(`^${glob(pattern, true)}$`);
  const starts = Array.from({ length: value.length + 1 }, (_, i) => i);
  const at = (longest ? starts : starts.reverse()).find((start) => expression.test(value.slice(start)));
  return at === undefined ? value : value.slice(0, at);
}

function replace(value: string, operator: string, operand: string): string {
  const slash = operand.indexOf('/');
  const from = slash < 0 ? operand : operand.slice(0, slash);
  const to = slash < 0 ? '' : operand.slice(slash + 1);
  if (from === '') return value;
  if (operator === '//') return value.replaceAll(from, to);
  if (operator === '/#') return value.startsWith(from) ? to + value.slice(from.length) : value;
  if (operator === '/%') return value.endsWith(from) ? value.slice(0, -from.length) + to : value;
  const at = value.indexOf(from);
  return at < 0 ? value : value.slice(0, at) + to + value.slice(at + from.length);
}
