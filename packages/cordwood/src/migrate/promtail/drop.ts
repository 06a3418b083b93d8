import { type NewItem, printByteSize, printDuration } from '@cordwood/alloy';
import { parseByteSize } from '../../config/byte-size.ts';
import { parseGoDurationMs } from '../../config/duration.ts';
import type { Conversion } from './conversion.ts';
import { attribute, convertTable, type Reader, type Table, text } from './fields.ts';
import { goText, goType, type Place, type YamlValue } from './yaml-value.ts';

/** One source, or a list of them; the error's path is that of `alloy convert`. */
const sources: Reader = (value, conversion) => {
  if (value.kind === 'list') {
    const names = value.items.map((item, i) => sourceText(item, `source[${i}]`, conversion));
    return names.includes(undefined) ? undefined : names.join(',');
  }
  const name = sourceText(value, 'source', conversion);
  if (name?.includes(',')) {
    const problem = `source "${name}" is one name in Promtail; Alloy splits it at the comma`;
    conversion.report(value.place, 'warning', problem, 'extract the value under another name');
  }
  return name;
};

function sourceText(value: YamlValue, name: string, conversion: Conversion): string | undefined {
  if (value.kind === 'scalar') return value.text;
  const problem = `invalid pipeline_stages.drop.${name} field type '${goType(value)}': ${goText(value)}`;
  conversion.report(value.place, 'error', problem, 'the name of an extracted value, or a list of names');
  return undefined;
}

const olderThan: Reader = (value, conversion) => {
  const durationMs = parseGoDurationMs(value.text);
  if (durationMs !== undefined) return printDuration(durationMs);
  const problem = `invalid pipeline_stages.drop.older_than field: time: invalid duration "${value.text}"`;
  conversion.report(value.place, 'error', problem, 'units: ns, us, ms, s, m, h (no days here)');
  return undefined;
};

const longerThan: Reader = (value, conversion) => {
  const bytes = parseByteSize(value.text);
  if (bytes !== undefined) return printByteSize(bytes);
  const parsed = `strconv.UnmarshalText: parsing "${value.text.toUpperCase()}": invalid syntax`;
  conversion.report(value.place, 'error', `invalid pipeline_stages.drop.longer_than field: ${parsed}`, 'like 8KB');
  return undefined;
};

/** Alloy takes an empty text for its default. */
function emptyIsNone(difference: string): Reader {
  return (value, conversion) => {
    if (value.text === '') conversion.report(value.place, 'warning', difference, 'write it as an expression');
    return text(value, conversion);
  };
}

const table: Table = {
  goType: 'stage drop',
  lenient: true,
  fields: [
    attribute('drop_counter_reason', text),
    attribute('source', sources, { omit: '' }),
    attribute('value', emptyIsNone('an empty value is compared in Promtail, in Alloy only the presence counts')),
    attribute('separator', emptyIsNone('Promtail joins the values with nothing, Alloy with ";"')),
    attribute('expression', text),
    attribute('older_than', olderThan),
    attribute('longer_than', longerThan),
  ],
};

/** A drop stage; none when one of its conditions cannot be read, for it would drop more than before. */
export function convertDrop(value: YamlValue, place: Place, conversion: Conversion): NewItem | undefined {
  const before = conversion.findings.length;
  const body = convertTable(value, table, conversion);
  const failed = conversion.findings.slice(before).some(({ severity }) => severity === 'error');
  return failed ? undefined : conversion.block('stage.drop', body, place);
}
