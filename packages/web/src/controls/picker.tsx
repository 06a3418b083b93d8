import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { Popover } from './popover.tsx';

interface PickerProps {
  /** What is picked, in front of the value: `Tenant`. */
  readonly name: string;
  /** What the button says. */
  readonly value: string;
  readonly options: readonly string[];
  readonly selected: readonly string[];
  /** Whether several may be selected; picking then toggles and the panel stays open. */
  readonly multiple?: boolean;
  /** Whether the typed text itself may be picked. */
  readonly freeText?: boolean;
  /** Row above the options that clears the selection. */
  readonly allLabel?: string;
  readonly loading?: boolean;
  readonly empty: string;
  readonly foot?: string;
  readonly disabled?: boolean;
  readonly onOpen?: () => void;
  readonly onPick: (selected: readonly string[]) => void;
  /** Bound to the element so that others can open it, e.g. an error that asks for a tenant. */
  readonly id?: string;
}

/** A button that opens a searchable list: combobox and listbox as WAI-ARIA describes them. */
export function Picker(props: PickerProps) {
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  const close = useCallback(() => setOpen(false), []);

  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const found: { text: string; kind: 'option' | 'all' | 'free' }[] = props.options
      .filter((option) => option.toLowerCase().includes(wanted))
      .map((text) => ({ text, kind: 'option' }));
    if (props.allLabel !== undefined && wanted === '') found.unshift({ text: props.allLabel, kind: 'all' });
    const typed = search.trim();
    if (props.freeText && typed !== '' && !props.options.includes(typed)) found.push({ text: typed, kind: 'free' });
    return found;
  }, [props.options, props.allLabel, props.freeText, search]);

  // Before the next paint, and so before the next key: what is typed right after the press belongs into the search.
  useLayoutEffect(() => {
    if (!open) return;
    setSearch('');
    const selected = rows.findIndex((row) => row.kind === 'option' && props.selected.includes(row.text));
    setActive(Math.max(0, selected));
    input.current?.focus();
    props.onOpen?.();
  }, [open]);

  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active, open]);

  const pick = (index: number) => {
    const row = rows[index];
    if (!row) return;
    if (row.kind === 'all') props.onPick([]);
    else if (!props.multiple) props.onPick([row.text]);
    else if (props.selected.includes(row.text)) props.onPick(props.selected.filter((each) => each !== row.text));
    else props.onPick([...props.selected, row.text]);
    if (!props.multiple || row.kind === 'all') {
      setOpen(false);
      button.current?.focus();
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setActive((at) => Math.max(0, Math.min(rows.length - 1, at + move)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      pick(active);
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };

  const shownMax = 500;
  const optionId = (index: number) => `${listId}-${index}`;
  return (
    <span class="popover-anchor">
      <button
        ref={button}
        id={props.id}
        type="button"
        class="button picker-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={props.disabled ?? false}
        onClick={() => setOpen(!open)}
      >
        <span class="picker-name">{props.name}</span>
        <span class="picker-value">{props.value}</span>
        <span class="chevron">
          <Icon name="chevronDown" />
        </span>
      </button>
      <Popover open={open} onClose={close} label={props.name}>
        <div class="picker-search">
          <input
            ref={input}
            class="input"
            type="text"
            role="combobox"
            aria-label={`Search ${props.name.toLowerCase()}`}
            aria-expanded="true"
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={rows.length > 0 ? optionId(active) : undefined}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder={props.freeText ? 'Search, or type a name' : 'Search'}
            value={search}
            onInput={(event) => {
              setSearch(event.currentTarget.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <div
          ref={list}
          id={listId}
          class="picker-list"
          role="listbox"
          aria-label={props.name}
          aria-multiselectable={props.multiple ?? false}
        >
          {rows.slice(0, shownMax).map((row, index) => {
            const selected = row.kind === 'all' ? props.selected.length === 0 : props.selected.includes(row.text);
            return (
              <div
                key={`${row.kind} ${row.text}`}
                id={optionId(index)}
                class="picker-option"
                role="option"
                tabIndex={-1}
                aria-selected={selected}
                data-active={index === active}
                onPointerMove={() => setActive(index)}
                onClick={() => pick(index)}
              >
                <Icon name="check" />
                <span>{row.kind === 'free' ? `Use “${row.text}”` : row.text}</span>
              </div>
            );
          })}
        </div>
        {rows.length === 0 && <p class="picker-empty">{props.loading ? 'Loading…' : props.empty}</p>}
        {rows.length > shownMax && <p class="picker-foot">{rows.length - shownMax} more: type to narrow.</p>}
        {props.foot !== undefined && <p class="picker-foot">{props.foot}</p>}
      </Popover>
    </span>
  );
}
