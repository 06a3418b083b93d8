import { schema } from '@cordwood/alloy';
import { stripAnsi } from '../../extract/ansi.ts';
import type { StageDefinition } from '../stage.ts';

/** Takes ANSI escape sequences out of the line. */
export const decolorize: StageDefinition<unknown> = {
  name: 'decolorize',
  schema: schema({}),
  create: () => ({
    process(entries) {
      for (const entry of entries) {
        if (entry.chunk?.bytes.subarray(entry.start, entry.end).includes(0x1b) === false) continue;
        const plain = stripAnsi(entry.text);
        if (plain !== entry.text) entry.setText(plain);
      }
      return entries;
    },
  }),
};
