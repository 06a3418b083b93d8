import { readFileSync } from 'node:fs';
import {
  type ArgumentsOf,
  booleanType,
  durationType,
  enumType,
  optional,
  required,
  schema,
  stringType,
  type Value,
} from '@cordwood/alloy';
import { every } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';

const argumentSchema = schema({
  attributes: {
    filename: required(stringType),
    // Both watch: the file is looked at every poll_frequency.
    detector: optional(enumType('fsnotify', 'poll'), 'fsnotify'),
    poll_frequency: optional(durationType, 60_000),
    is_secret: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.poll_frequency <= 0) report('poll_frequency', 'poll_frequency must be greater than 0');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Exports the content of a file, again when it changes: tokens, passwords, targets. */
export const localFile: ComponentDefinition<Arguments> = {
  name: 'local.file',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['content'],
  create: (context) => new LocalFile(context),
};

class LocalFile implements Component<Arguments> {
  readonly exports = new Map<string, Value>([['content', content('', false)]]);
  readonly #context: ComponentContext;
  #args: Arguments | undefined;
  #stop: (() => void) | undefined;
  #problem: string | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    this.#args = args;
    const problem = this.#read();
    // A configuration is checked where its secrets are not.
    if (problem === undefined || this.#context.world.isDryRun) return undefined;
    return [{ message: problem }];
  }

  /** Reads and exports; what went wrong, if anything. A file that is gone for a moment keeps its last content. */
  #read(): string | undefined {
    const { filename, is_secret: isSecret } = this.#args!;
    try {
      const text = readFileSync(filename, 'utf8');
      this.#context.setExports(new Map([['content', content(text, isSecret)]]));
      this.#problem = undefined;
    } catch (cause) {
      this.#problem = `the file cannot be read: ${(cause as Error).message}`;
    }
    return this.#problem;
  }

  start(): void {
    this.#stop = every(this.#context.clock, this.#args!.poll_frequency, () => {
      const problem = this.#read();
      if (problem !== undefined) this.#context.log('error', 'the last content stays', { error: problem });
    });
  }

  async stop(): Promise<void> {
    this.#stop?.();
  }

  health(): string | undefined {
    return this.#problem;
  }
}

/** A secret, or text that may be used where a secret is wanted too. */
function content(text: string, isSecret: boolean): Value {
  return { kind: 'secret', text, optional: true, hidden: isSecret };
}
