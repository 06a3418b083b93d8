import type { LoggerService, LogLevel } from '@nestjs/common';
import type { Level } from '../level.ts';
import type { Fields, Logger } from '../logger.ts';
import type { Logging } from '../setup.ts';

/**
 * NestJS's logger: `NestFactory.create(AppModule, { logger: new NestLogger(logging) })`. The context that Nest gives with
 * each message (the class that logs) becomes the logger's name. For requests use the middleware of the platform underneath.
 */
export class NestLogger implements LoggerService {
  readonly #logging: Logging;
  readonly #prefix: string;

  constructor(logging: Logging, prefix = 'nest') {
    this.#logging = logging;
    this.#prefix = prefix;
  }

  log(message: unknown, ...parameters: unknown[]): void {
    this.#write('info', message, parameters);
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.#write('warn', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.#write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.#write('trace', message, parameters);
  }

  /** Nest gives the stack as a text of its own. */
  error(message: unknown, ...parameters: unknown[]): void {
    this.#write('error', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.#write('fatal', message, parameters);
  }

  setLogLevels(levels: LogLevel[]): void {
    const order = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;
    const ours = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    const least = order.findIndex((level) => levels.includes(level));
    this.#logging.setLevel(least < 0 ? 'silent' : (ours[least] as Level), this.#prefix);
  }

  #write(level: Level, message: unknown, parameters: readonly unknown[]): void {
    // The last parameter is the context, if it is a text that is not a stack.
    const last = parameters.at(-1);
    const context = typeof last === 'string' && !last.includes('\n') ? last : undefined;
    const rest = context === undefined ? parameters : parameters.slice(0, -1);
    const logger: Logger = this.#logging.getLogger(context === undefined ? this.#prefix : `${this.#prefix}.${context}`);
    const fields: Record<string, unknown> = {};
    const stack = rest.find((value) => typeof value === 'string' && value.includes('\n    at '));
    if (stack !== undefined) fields['error'] = errorOf(message, stack as string);
    const others = rest.filter((value) => value !== stack && value !== undefined);
    if (others.length > 0) fields['details'] = others.length === 1 ? others[0] : others;
    if (message instanceof Error) logger.log(level, message.message, { ...fields, error: message });
    else if (typeof message === 'object' && message !== null)
      logger.log(level, 'nest', { ...fields, ...message } as Fields);
    else logger.log(level, String(message), fields);
  }
}

function errorOf(message: unknown, stack: string): Error {
  const error = new Error(typeof message === 'string' ? message : 'error');
  error.stack = stack;
  const name = /^(\w+):/.exec(stack)?.[1];
  if (name !== undefined) error.name = name;
  return error;
}
