/** Sinks that need Node.js: files, and deliveries from a worker thread. */
export { createFileSink, type FileSink, type FileSinkOptions } from './sinks/file.ts';
export { createTeeSink } from './sinks/tee.ts';
export { createLokiSink, createOtlpSink, type LokiSinkOptions, type PushSinkOptions } from './sinks/worker.ts';
