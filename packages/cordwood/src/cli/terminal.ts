import { styleText } from 'node:util';

/** Where a command writes: data on stdout, everything meant for a person's eye on stderr. */
export interface Terminal {
  /** Writes data; resolves when the reader has room again, so that a slow pipe slows us instead of filling memory. */
  out(text: string): Promise<void>;
  note(text: string): void;
  /** Is stderr a terminal? Progress bars and redrawing only then. */
  readonly interactive: boolean;
  readonly columns: number;
  style(format: Style, text: string): string;
  /** As `style`, for text that goes to stdout. */
  styleOut(format: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'magenta' | 'blue';

/** The process's own terminal. Colours only on a TTY, never with NO_COLOR, always with FORCE_COLOR. */
export function createTerminal(env: NodeJS.ProcessEnv): Terminal {
  const colours = (stream: NodeJS.WriteStream) =>
    env['FORCE_COLOR'] ? true : env['NO_COLOR'] ? false : stream.isTTY === true && env['TERM'] !== 'dumb';
  const styled = (on: boolean) => (format: Style, text: string) =>
    on ? styleText(format, text, { validateStream: false }) : text;
  return {
    out(text) {
      if (process.stdout.write(text)) return Promise.resolve();
      return new Promise((resolve) => process.stdout.once('drain', resolve));
    },
    note: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 100,
    style: styled(colours(process.stderr)),
    styleOut: styled(colours(process.stdout)),
  };
}
