import { useState } from 'preact/hooks';
import { Icon } from '../controls/icon.tsx';
import { isCorrelationName } from '../query/correlation-query.ts';
import type { ClickedField } from '../query/field-filter.ts';
import { formatNanoseconds, type Zone } from '../time/format-time.ts';
import { type Field, type FieldValue, labelNameOf, type PathStep } from './line-fields.ts';
import type { LogRow } from './log-row.ts';
import { fieldsOf } from './row-fields.ts';
import { visibleText } from './visible-text.ts';

export interface RowActions {
  /** Undefined where there is no query to edit. */
  readonly onFilter: ((clicked: ClickedField) => void) | undefined;
  readonly onTrace: (id: string) => void;
  readonly onCopy: (text: string, what: string) => void;
  readonly onLink: (row: LogRow) => void;
}

interface RowDetailsProps extends RowActions {
  readonly row: LogRow;
  readonly zone: Zone;
}

/** Everything known about one entry; each value can narrow the query. */
export function RowDetails({ row, zone, onFilter, onTrace, onCopy, onLink }: RowDetailsProps) {
  const fields = fieldsOf(row);
  const taken = new Set([...Object.keys(row.labels), ...Object.keys(row.structuredMetadata)]);
  const actions = { onFilter, onTrace, onCopy };
  return (
    <div class="details">
      <div class="details-head">
        <span class="details-time">
          {formatNanoseconds(row.timestampNs, zone)} <span class="soft">{zone === 'utc' ? 'UTC' : 'local'}</span>
        </span>
        <span class="details-actions">
          <button type="button" class="button small" onClick={() => onCopy(row.line, 'Line')}>
            <Icon name="copy" /> Copy line
          </button>
          <button type="button" class="button small" onClick={() => onLink(row)}>
            <Icon name="link" /> Copy link
          </button>
        </span>
      </div>
      <pre class="details-line">{visibleText(row.line)}</pre>
      {fields && (
        <section class="details-section">
          <h2>Fields of the line ({fields.format === 'json' ? 'JSON' : 'logfmt'})</h2>
          <div class="tree">
            <FieldTree fields={fields.fields} path={[]} format={fields.format} taken={taken} actions={actions} />
          </div>
        </section>
      )}
      <div class="details-labels">
        <LabelTable
          title="Stream labels"
          labels={row.labels}
          actions={actions}
          from={(name) => ({ kind: 'streamLabel', name })}
        />
        <LabelTable
          title="Structured metadata"
          labels={row.structuredMetadata}
          actions={actions}
          from={(name) => ({ kind: 'entryLabel', name })}
        />
        <LabelTable
          title="Parsed by the query"
          labels={row.parsed}
          actions={actions}
          from={(name) => ({ kind: 'entryLabel', name })}
        />
      </div>
    </div>
  );
}

type Actions = Pick<RowActions, 'onFilter' | 'onTrace' | 'onCopy'>;

interface LabelTableProps {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: (name: string) => ClickedField['from'];
  readonly actions: Actions;
}

function LabelTable({ title, labels, from, actions }: LabelTableProps) {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return null;
  return (
    <section class="details-section">
      <h2>{title}</h2>
      <dl class="label-table">
        {names.map((name) => (
          <div key={name} class="label-row">
            <dt>{name}</dt>
            <dd>
              <span class="label-value">{visibleText(labels[name]!)}</span>
              <ValueActions name={name} value={labels[name]!} from={from(name)} actions={actions} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface ValueActionsProps {
  readonly name: string;
  readonly value: string;
  readonly from: ClickedField['from'];
  readonly actions: Actions;
}

function ValueActions({ name, value, from, actions }: ValueActionsProps) {
  const { onFilter, onTrace, onCopy } = actions;
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return (
    <span class="value-actions">
      {onFilter && (
        <>
          <button
            type="button"
            class="icon-button small quiet"
            aria-label={`Only ${name} = ${shown}`}
            title="Only lines with this value"
            onClick={() => onFilter({ value, exclude: false, from })}
          >
            <Icon name="include" />
          </button>
          <button
            type="button"
            class="icon-button small quiet"
            aria-label={`Without ${name} = ${shown}`}
            title="Leave lines with this value out"
            onClick={() => onFilter({ value, exclude: true, from })}
          >
            <Icon name="zoomOut" />
          </button>
        </>
      )}
      <button
        type="button"
        class="icon-button small quiet"
        aria-label={`Copy ${name}`}
        title="Copy the value"
        onClick={() => onCopy(value, name)}
      >
        <Icon name="copy" />
      </button>
      {isCorrelationName(name) && value !== '' && (
        <button
          type="button"
          class="button small quiet"
          title="Find this id in all services"
          aria-label={`Trace ${name} ${shown} in all services`}
          onClick={() => onTrace(value)}
        >
          <Icon name="trace" /> Trace
        </button>
      )}
    </span>
  );
}

interface FieldTreeProps {
  readonly fields: readonly Field[];
  readonly path: readonly PathStep[];
  readonly format: 'json' | 'logfmt';
  readonly taken: ReadonlySet<string>;
  readonly actions: Actions;
}

function FieldTree({ fields, path, format, taken, actions }: FieldTreeProps) {
  return (
    <ul>
      {fields.map((field, index) => (
        <FieldNode
          key={`${field.name} ${index}`}
          label={field.name}
          value={field.value}
          path={[...path, field.name]}
          format={format}
          taken={taken}
          actions={actions}
        />
      ))}
    </ul>
  );
}

interface FieldNodeProps extends Omit<FieldTreeProps, 'fields'> {
  readonly label: string;
  readonly value: FieldValue;
}

/** Lists and objects beyond this depth start closed. */
const openDepth = 2;
const childrenMax = 200;

function FieldNode({ label, value, path, format, taken, actions }: FieldNodeProps) {
  const [open, setOpen] = useState(path.length <= openDepth);
  if (value.kind !== 'object' && value.kind !== 'list') {
    const from: ClickedField['from'] = { kind: 'lineField', format, path, taken };
    return (
      <li class="label-row">
        <span class="tree-name">{label}</span>
        <span class={`label-value value-${value.kind}`}>{visibleText(value.text)}</span>
        <ValueActions
          name={format === 'json' ? labelNameOf(path) : label}
          value={value.text}
          from={from}
          actions={actions}
        />
      </li>
    );
  }
  const children: readonly Field[] =
    value.kind === 'object' ? value.fields : value.items.map((item, index) => ({ name: `[${index}]`, value: item }));
  const size = value.kind === 'list' ? `[${children.length}]` : `{${children.length}}`;
  return (
    <li>
      <button type="button" class="tree-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'chevronDown' : 'chevronRight'} />
        <span class="tree-name">{label}</span> <span class="soft">{size}</span>
      </button>
      {open && (
        <ul>
          {children.slice(0, childrenMax).map((child, index) => (
            <FieldNode
              key={`${child.name} ${index}`}
              label={child.name}
              value={child.value}
              path={[...path, value.kind === 'list' ? index : child.name]}
              format={format}
              taken={taken}
              actions={actions}
            />
          ))}
          {children.length > childrenMax && (
            <li class="soft">{children.length - childrenMax} more in the line itself</li>
          )}
        </ul>
      )}
    </li>
  );
}
