import { Extracted } from './extracted.ts';
import { LogEntry } from './log-entry.ts';

/** An entry inside a pipeline: the pipeline's own copy, which its stages change. */
export class PipelineEntry extends LogEntry {
  extracted: Extracted;

  constructor(entry: LogEntry, extracted?: Extracted) {
    super(entry.labels, entry.seconds, entry.nanos, entry.receipt);
    this.offset = entry.offset;
    this.structuredMetadata = entry.structuredMetadata;
    this.takeLine(entry);
    this.extracted = extracted ?? new Extracted(entry.labels);
  }
}
