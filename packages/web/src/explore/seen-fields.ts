/** Names and some values of the fields in the lines on the screen: what the editor suggests behind a `|`. */
import { flattenFields, labelNameOf } from '../lines/line-fields.ts';
import type { LogRow } from '../lines/log-row.ts';
import { fieldsOf } from '../lines/row-fields.ts';

const rowsLookedAt = 200;
const valuesMax = 100;
const valueLengthMax = 120;

export function seenFields(rows: readonly LogRow[]): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, Set<string>>();
  const add = (name: string, value: string) => {
    let values = seen.get(name);
    if (!values) {
      values = new Set();
      seen.set(name, values);
    }
    if (values.size < valuesMax && value.length <= valueLengthMax) values.add(value);
  };
  for (const row of rows.slice(0, rowsLookedAt)) {
    for (const [name, value] of Object.entries(row.structuredMetadata)) add(name, value);
    for (const [name, value] of Object.entries(row.parsed)) add(name, value);
    const fields = fieldsOf(row);
    for (const field of fields ? flattenFields(fields.fields) : []) {
      if (field.path.every((step) => typeof step === 'string')) add(labelNameOf(field.path), field.text);
    }
  }
  return seen;
}
