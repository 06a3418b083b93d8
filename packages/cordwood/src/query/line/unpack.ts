import type { UnpackStage } from '@cordwood/logql';
import { unpack } from '../../extract/unpack.ts';
import { pipelineErrors } from './error-labels.ts';
import { extractLabel } from './extract-label.ts';
import { failParser } from './parser-error.ts';
import type { StageKind } from './stage.ts';
import { nothingWanted } from './wanted-labels.ts';

/**
 * `| unpack`: the labels and the line that Promtail's `pack` put into a JSON object. In a metric query that wants no label
 * the line stays packed too, as in Loki.
 */
export const unpackStage: StageKind<UnpackStage> = {
  kind: 'unpack',
  reads: () => [],
  compile: (_stage, wanted) => (row) => {
    const { labels } = row;
    if (nothingWanted(wanted, labels)) return true;
    const { entry, fields, error } = unpack(row.text());
    if (error !== '') failParser(labels, wanted, pipelineErrors.json, error);
    if (entry === undefined) return true;
    for (const [name, value] of fields) extractLabel(labels, wanted, name, value);
    row.rewrite(entry);
    return true;
  },
};
