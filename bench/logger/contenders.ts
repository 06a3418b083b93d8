import { AsyncLocalStorage } from 'node:async_hooks';
import { openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import * as cordwood from '@cordwood/logger';
import { configureSync, getJsonLinesFormatter, getLogger, type Sink, withContext } from '@logtape/logtape';
import { redactByField } from '@logtape/redaction';
import pino from 'pino';
import { Logger as TsLogger } from 'tslog';
import winston from 'winston';
import { createFileSink } from '../../packages/logger/src/node.ts';
import { bindings, context, deep, flat, message, type Scenario, secretKeys, withSecrets } from './scenarios.ts';

export interface Contender {
  /** A call per scenario, writing to the path; undefined where the library has nothing for it. */
  readonly calls: Partial<Record<Scenario, () => void>>;
  readonly flush: () => void;
  /** Runs the calls of `context` inside it. */
  readonly inContext: (run: () => void) => void;
}

const chunkLength = 16_000;

/** For libraries without a buffered file of their own: as large a buffer as pino's largest. */
function bufferedFile(path: string) {
  const descriptor = openSync(path, 'a');
  let text = '';
  const flush = () => {
    if (text !== '') writeSync(descriptor, text);
    text = '';
  };
  return {
    write(line: string) {
      text += line;
      if (text.length >= chunkLength) flush();
    },
    flush,
  };
}

function pinoContender(path: string, buffered: boolean, sameFields: boolean): Contender {
  const storage = new AsyncLocalStorage<object>();
  const destination = () =>
    pino.destination({ dest: path, sync: true, ...(buffered ? { minLength: chunkLength } : {}) });
  const base = sameFields
    ? { logger: 'greenlang.bench', service: 'bench', version: '1.0.0', environment: 'production' }
    : undefined;
  const options: pino.LoggerOptions = sameFields
    ? {
        base: base as object,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label.toUpperCase() }) },
        messageKey: 'event',
      }
    : {};
  const outputs = [destination(), destination(), destination()];
  const plain = pino(options, outputs[0] as never);
  const child = plain.child(bindings);
  const contextual = pino({ ...options, mixin: () => storage.getStore() ?? {} }, outputs[1] as never);
  const redacting = pino(
    { ...options, redact: ['user.password', 'token', ...secretKeys.slice(2).map((key) => `*.${key}`)] },
    outputs[2] as never,
  );
  return {
    calls: {
      string: () => plain.info(message),
      object: () => plain.info(flat, message),
      'deep object': () => plain.info(deep, message),
      child: () => child.info(flat, message),
      context: () => contextual.info(flat, message),
      redaction: () => redacting.info(withSecrets, message),
    },
    flush: () => {
      for (const output of outputs) output.flushSync();
    },
    inContext: (run) => storage.run(context, run),
  };
}

function ours(path: string, everythingOn: boolean): Contender {
  const sinks = [createFileSink({ path }), createFileSink({ path })];
  const create = (redaction: cordwood.Settings['redaction'], sink: cordwood.Sink) =>
    cordwood
      .setup({
        service: 'bench',
        version: '1.0.0',
        environment: 'production',
        format: 'json',
        redaction: redaction ?? false,
        schema: everythingOn ? 'count' : 'off',
        flushOnExit: false,
        sink,
      })
      .getLogger('greenlang.bench');
  const plain = create(everythingOn ? {} : false, sinks[0] as never);
  const redacting = create(
    everythingOn ? {} : { withoutDefaultKeys: true, keys: secretKeys, patterns: [] },
    sinks[1] as never,
  );
  const child = plain.child(bindings);
  return {
    calls: {
      string: () => plain.info(message),
      object: () => plain.info(message, flat),
      'deep object': () => plain.info(message, deep),
      child: () => child.info(message, flat),
      context: () => plain.info(message, flat),
      redaction: () => redacting.info(message, withSecrets),
    },
    flush: () => {
      for (const sink of sinks) sink.flushSync();
    },
    inContext: (run) => cordwood.withContext(context, run),
  };
}

function winstonContender(path: string): Contender {
  const storage = new AsyncLocalStorage<object>();
  const file = bufferedFile(path);
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      file.write(chunk);
      done();
    },
  });
  const { combine, timestamp, json } = winston.format;
  const transports = [new winston.transports.Stream({ stream })];
  const plain = winston.createLogger({ format: combine(timestamp(), json()), transports });
  const withStore = winston.format((info) => Object.assign(info, storage.getStore()));
  const contextual = winston.createLogger({ format: combine(withStore(), timestamp(), json()), transports });
  const child = plain.child(bindings);
  return {
    calls: {
      string: () => plain.info(message),
      object: () => plain.info(message, flat),
      'deep object': () => plain.info(message, deep),
      child: () => child.info(message, flat),
      context: () => contextual.info(message, flat),
    },
    flush: file.flush,
    inContext: (run) => storage.run(context, run),
  };
}

function logtapeContender(path: string): Contender {
  const file = bufferedFile(path);
  const format = getJsonLinesFormatter({ properties: 'nest:data' });
  const sink: Sink = (record) => file.write(format(record));
  configureSync({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage<Record<string, unknown>>(),
    sinks: { file: sink, redacting: redactByField(sink, { fieldPatterns: secretKeys }) },
    loggers: [
      { category: ['logtape', 'meta'], sinks: [], lowestLevel: 'fatal' },
      { category: ['plain'], sinks: ['file'], lowestLevel: 'info' },
      { category: ['redacting'], sinks: ['redacting'], lowestLevel: 'info' },
    ],
  });
  const plain = getLogger(['plain']);
  const redacting = getLogger(['redacting']);
  const child = plain.with(bindings);
  return {
    calls: {
      string: () => plain.info(message),
      object: () => plain.info(message, flat),
      'deep object': () => plain.info(message, deep),
      child: () => child.info(message, flat),
      context: () => plain.info(message, flat),
      redaction: () => redacting.info(message, withSecrets),
    },
    flush: file.flush,
    inContext: (run) => withContext(context, run),
  };
}

function tslogContender(path: string): Contender {
  const file = bufferedFile(path);
  const transport = {
    write: (_record: unknown, line: string) => file.write(line.endsWith('\n') ? line : `${line}\n`),
    format: 'json' as const,
  };
  const create = (settings: object) =>
    new TsLogger({ type: 'hidden', stack: { capture: 'off' }, attachedTransports: [transport], ...settings } as never);
  const plain = create({});
  const redacting = create({ mask: { keys: secretKeys } });
  const child = plain.getSubLogger({ bindings } as never);
  return {
    calls: {
      string: () => void plain.info(message),
      object: () => void plain.info(flat, message),
      'deep object': () => void plain.info(deep, message),
      child: () => void child.info(flat, message),
      context: () => void plain.info(flat, message),
      redaction: () => void redacting.info(withSecrets, message),
    },
    flush: file.flush,
    inContext: (run) =>
      (plain as unknown as { runInContext: (fields: object, run: () => void) => void }).runInContext(context, run),
  };
}

export const contenders: Readonly<Record<string, (path: string) => Contender>> = {
  'pino, each line written': (path) => pinoContender(path, false, false),
  'pino, buffered': (path) => pinoContender(path, true, false),
  'pino, buffered, our fields': (path) => pinoContender(path, true, true),
  winston: winstonContender,
  LogTape: logtapeContender,
  tslog: tslogContender,
  'ours, everything off': (path) => ours(path, false),
  'ours, everything on': (path) => ours(path, true),
};
