import { runCommand } from '../main.ts';
import type { Terminal } from '../terminal.ts';

/** One invocation of the command line: exit code, standard output, standard error; without colours. */
export async function runCaptured(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; note: string }> {
  let out = '';
  let note = '';
  const terminal: Terminal = {
    async out(text) {
      out += text;
    },
    note(text) {
      note += `${text}\n`;
    },
    interactive: false,
    columns: 100,
    style: (_, text) => text,
    styleOut: (_, text) => text,
  };
  const code = await runCommand(args, terminal, env, new AbortController().signal);
  return { code, out, note };
}
