import type { LabelsParser } from '../../codec/push-request.ts';
import { parseLabels } from '../../extract/labels-parser.ts';
import { noLabels } from '../../model/labels.ts';
import { apiLimits } from '../limits.ts';

/**
 * A labels parser that remembers: agents send the same few label texts again and again. Two generations bound its memory:
 * when one is full the older is dropped.
 */
export function createLabelsCache(): LabelsParser {
  let recent = new Map<string, ReturnType<LabelsParser>>();
  let older = new Map<string, ReturnType<LabelsParser>>();
  let recentLength = 0;

  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    let result = older.get(text);
    if (result === undefined) {
      if (text === '') return { labels: noLabels };
      if (text.length > apiLimits.streamLabelsBytes) {
        return { error: `stream labels size ${text.length} exceeds limit of ${apiLimits.streamLabelsBytes}` };
      }
      result = parseLabels(text);
      // Mistakes are not worth remembering.
      if (result.error !== undefined) return result;
    }
    recent.set(text, result);
    recentLength += text.length;
    if (recentLength > generationLength) {
      older = recent;
      recent = new Map();
      recentLength = 0;
    }
    return result;
  };
}

/** Characters of label texts in one generation. */
const generationLength = 8 * 1024 * 1024;
