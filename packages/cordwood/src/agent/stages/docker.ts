import { schema } from '@cordwood/alloy';
import type { PipelineEntry } from '../pipeline-entry.ts';
import { Rfc3339Reader } from '../rfc3339.ts';
import type { StageDefinition } from '../stage.ts';

/**
 * Lines of Docker's json-file driver: `{"log", "stream", "time"}`. Sets line (with its newline), label `stream` and timestamp.
 * All or nothing: without a text `log` the entry stays as it is.
 */
export const docker: StageDefinition<unknown> = {
  name: 'docker',
  schema: schema({}),
  create() {
    const time = new Rfc3339Reader();
    return {
      process(entries) {
        for (const entry of entries) unwrap(entry, time);
        return entries;
      },
    };
  },
};

function unwrap(entry: PipelineEntry, time: Rfc3339Reader): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(entry.text);
  } catch {
    return;
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return;
  const { log, stream = '', time: stamp = '' } = parsed as Record<string, unknown>;
  if (typeof log !== 'string' || log === '' || typeof stream !== 'string' || typeof stamp !== 'string') return;
  entry.extracted.set('output', log);
  entry.extracted.set('stream', stream);
  entry.extracted.set('timestamp', stamp);
  entry.labels = entry.labels.with('stream', stream);
  const bytes = Buffer.from(stamp);
  if (time.read(bytes, 0, bytes.length)) {
    entry.seconds = time.seconds;
    entry.nanos = time.nanos;
  }
  entry.setText(log);
}
