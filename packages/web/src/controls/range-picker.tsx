import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useId, useLayoutEffect, useState } from 'preact/hooks';
import { formatRange, fromInputValue, toInputValue, type Zone } from '../time/format-time.ts';
import {
  absolute,
  describeLast,
  last,
  parseDurationMs,
  printDurationMs,
  quickRanges,
  type RangeChoice,
  resolveRange,
  shift,
  zoomOut,
} from '../time/range-choice.ts';
import { Icon, type IconName } from './icon.tsx';
import { Popover } from './popover.tsx';
import { useNarrow } from './use-media.ts';

interface RangePickerProps {
  readonly range: RangeChoice;
  readonly zone: Zone;
  readonly onChange: (range: RangeChoice) => void;
  readonly onZone: (zone: Zone) => void;
}

/** Quick ranges, a typed duration, two instants; beside it earlier, later and wider. */
export function RangePicker({ range, zone, onChange, onZone }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const narrow = useNarrow();
  const close = useCallback(() => setOpen(false), []);
  const choose = (choice: RangeChoice) => {
    onChange(choice);
    setOpen(false);
  };
  const said =
    range.kind === 'absolute'
      ? formatRange(range, zone).replaceAll('-', '\u2011')
      : narrow
        ? `Last ${printDurationMs(range.durationMs)}`
        : capitalize(describeLast(range.durationMs));
  const step = (name: string, icon: IconName, key: string, move: () => RangeChoice) => (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      title={`${name} ( ${key} )`}
      onClick={() => onChange(move())}
    >
      <Icon name={icon} />
    </button>
  );
  const now = () => resolveRange(range, Date.now());
  const earlier = step('Earlier', 'earlier', '[', () => shift(now(), -1, Date.now()));
  const later = step('Later', 'later', ']', () => shift(now(), 1, Date.now()));
  const wider = step('Wider', 'zoomOut', '-', () => zoomOut(now(), Date.now()));
  return (
    <span class="button-group range-picker">
      {!narrow && earlier}
      <span class="popover-anchor">
        <button
          type="button"
          class="button picker-button range-button"
          id="range-button"
          aria-haspopup="dialog"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name="clock" />
          <span class="picker-value">{said}</span>
          {zone === 'utc' && <span class="picker-name">UTC</span>}
        </button>
        <Popover open={open} onClose={close} label="Time range">
          <RangePanel range={range} zone={zone} onChoose={choose} onZone={onZone}>
            {narrow && (
              <span class="range-steps">
                {earlier} {later} {wider}
              </span>
            )}
          </RangePanel>
        </Popover>
      </span>
      {!narrow && later}
      {!narrow && wider}
    </span>
  );
}

function capitalize(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

interface RangePanelProps {
  readonly range: RangeChoice;
  readonly zone: Zone;
  readonly onChoose: (range: RangeChoice) => void;
  readonly onZone: (zone: Zone) => void;
  readonly children?: ComponentChildren;
}

function RangePanel({ range, zone, onChoose, onZone, children }: RangePanelProps) {
  const now = resolveRange(range, Date.now());
  const [duration, setDuration] = useState(range.kind === 'last' ? printDurationMs(range.durationMs) : '');
  const [from, setFrom] = useState(toInputValue(now.startMs, zone));
  const [to, setTo] = useState(toInputValue(now.endMs, zone));
  const [error, setError] = useState('');
  const id = useId();

  useEffect(() => {
    setFrom(toInputValue(now.startMs, zone));
    setTo(toInputValue(now.endMs, zone));
  }, [zone]);

  // Before the next key: see Picker.
  useLayoutEffect(() => {
    document.getElementById(`${id}-duration`)?.focus();
  }, []);

  const applyDuration = (event: Event) => {
    event.preventDefault();
    const durationMs = parseDurationMs(duration);
    if (durationMs === undefined) setError('A duration like 15m, 2h or 1d12h, up to a year.');
    else onChoose(last(durationMs));
  };
  const applyInstants = (event: Event) => {
    event.preventDefault();
    const startMs = fromInputValue(from, zone);
    const endMs = fromInputValue(to, zone);
    if (startMs === undefined || endMs === undefined)
      setError('A date and a time for both ends, like 2026-11-24T14:05.');
    else if (startMs >= endMs) setError('The start has to be before the end.');
    else onChoose(absolute(startMs, endMs));
  };

  return (
    <div class="range-panel">
      {children}
      <div class="range-quick">
        {quickRanges.map((choice) => {
          if (choice.kind !== 'last') return null;
          const text = printDurationMs(choice.durationMs);
          return (
            <button
              key={text}
              type="button"
              class="button small"
              aria-label={`${text}: ${describeLast(choice.durationMs)}`}
              aria-pressed={range.kind === 'last' && range.durationMs === choice.durationMs}
              onClick={() => onChoose(choice)}
            >
              {text}
            </button>
          );
        })}
      </div>
      <form class="field" onSubmit={applyDuration}>
        <label for={`${id}-duration`}>Until now, since</label>
        <span class="input-with-button">
          <input
            id={`${id}-duration`}
            class="input"
            value={duration}
            placeholder="45m"
            autocomplete="off"
            onInput={(event) => setDuration(event.currentTarget.value)}
          />
          <button type="submit" class="button">
            Apply
          </button>
        </span>
      </form>
      <form class="range-absolute" onSubmit={applyInstants}>
        <div class="field">
          <label for={`${id}-from`}>From</label>
          <input
            id={`${id}-from`}
            class="input"
            type="datetime-local"
            step="1"
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-to`}>To</label>
          <input
            id={`${id}-to`}
            class="input"
            type="datetime-local"
            step="1"
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="button">
          Apply
        </button>
      </form>
      {error !== '' && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <div class="range-foot">
        <span>Times in {zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone}</span>
        <button type="button" class="button small quiet" onClick={() => onZone(zone === 'utc' ? 'local' : 'utc')}>
          {zone === 'utc' ? 'Use local time' : 'Use UTC'}
        </button>
      </div>
    </div>
  );
}
