import type { Unwrap } from '@cordwood/logql';
import { parseByteSize } from '../../extract/byte-size.ts';
import { parseGoDuration } from '../../extract/go-duration.ts';
import { parseGoFloat } from '../../extract/go-number.ts';
import { pipelineErrors } from '../line/error-labels.ts';
import { compileLabelFilter, namesOf } from '../line/label-filter.ts';
import type { RowLabels } from '../line/row-labels.ts';

/** `| unwrap conversion(label) | filters`, made ready: the value of a row, or undefined when the row has none. */
export interface CompiledUnwrap {
  readonly label: string;
  /** Labels that it and the filters behind it read. */
  readonly reads: readonly string[];
  /** A value that is no number gives 0 and sets the error; a missing or empty label skips the row. */
  valueOf(labels: RowLabels): number | undefined;
}

type Conversion = (text: string) => { value: number; error?: undefined } | { error: string; value?: undefined };

/** Seconds. */
const durationSeconds: Conversion = (text) => {
  const { durationNs, error } = parseGoDuration(text);
  return error === undefined ? { value: Number(durationNs) / 1e9 } : { error };
};

const conversions: { readonly [Name in NonNullable<Unwrap['conversion']> | 'number']: Conversion } = {
  number: parseGoFloat,
  bytes: parseByteSize,
  duration: durationSeconds,
  duration_seconds: durationSeconds,
};

/** The text of an unwrapped label as a number. */
export function convertUnwrapped(conversion: Unwrap['conversion'], text: string): ReturnType<Conversion> {
  return conversions[conversion ?? 'number'](text);
}

export function compileUnwrap(unwrap: Unwrap): CompiledUnwrap {
  const convert = conversions[unwrap.conversion ?? 'number'];
  const filters = unwrap.filters.map((stage) => compileLabelFilter(stage.filter));
  return {
    label: unwrap.label,
    reads: [unwrap.label, ...unwrap.filters.flatMap((stage) => namesOf(stage.filter))],
    valueOf(labels) {
      const text = labels.get(unwrap.label);
      if (text === undefined || text === '') return undefined;
      const { value, error } = convert(text);
      if (error !== undefined) {
        labels.error = pipelineErrors.sampleExtraction;
        labels.errorDetails = error;
      }
      return filters.every((passes) => passes(labels)) ? (value ?? 0) : undefined;
    },
  };
}
