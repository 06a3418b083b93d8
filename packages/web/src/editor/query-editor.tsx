/**
 * The LogQL box: a plain text area, so that typing, undo, selection and phones' keyboards work as everywhere, over the same
 * text in colours. Errors come from the server's own parser, as one types.
 */
import { type LogqlError, parse } from '@cordwood/logql';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Suggestion } from '../query/suggestions.ts';
import { caretPosition } from './caret-position.ts';
import { HighlightedQuery } from './highlighted-query.tsx';
import { type SuggestionServer, useSuggestions } from './use-suggestions.ts';

interface QueryEditorProps {
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly onRun: () => void;
  readonly server: SuggestionServer;
  /** Beside the box. */
  readonly children?: ComponentChildren;
}

/** While someone types, an error is not yet a mistake: it shows after this pause, or when the query is run. */
const errorAfterMs = 650;

export function QueryEditor({ value, onInput, onRun, server, children }: QueryEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLPreElement>(null);
  const listElement = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(value.length);
  const [wanted, setWanted] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [focused, setFocused] = useState(false);
  const [showError, setShowError] = useState(true);
  const [position, setPosition] = useState({ left: 0, top: 0 });
  const id = useId();

  const error = useMemo(() => parse(value).error, [value]);
  const shownError = error && showError && value.trim() !== '' ? error : undefined;
  const wrong = useMemo(() => shownError && errorSpan(shownError, value), [shownError, value]);
  const completion = useSuggestions(value, caret, wanted && focused, server);
  const open = completion !== undefined;

  useEffect(() => {
    if (!focused) {
      setShowError(true);
      return;
    }
    setShowError(false);
    const timer = window.setTimeout(() => setShowError(true), errorAfterMs);
    return () => window.clearTimeout(timer);
  }, [value, focused]);

  // The box is as high as its text, also when the window turns.
  useLayoutEffect(() => fitHeight(area.current), [value]);
  useEffect(() => {
    const resized = new ResizeObserver(() => fitHeight(area.current));
    resized.observe(mirror.current!.parentElement!);
    return () => resized.disconnect();
  }, []);

  useLayoutEffect(() => {
    setChosen(-1);
    if (!completion) return;
    const at = caretPosition(mirror.current!, completion.context.from);
    const room = mirror.current!.clientWidth;
    setPosition({ left: Math.max(0, Math.min(at.left, room - 280)), top: at.top + at.height + 6 });
  }, [completion]);

  useEffect(() => {
    listElement.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  /** Through the browser's own editing, so that undo knows of it. */
  const replace = (from: number, to: number, text: string) => {
    const box = area.current!;
    box.focus();
    box.setSelectionRange(from, to);
    if (!document.execCommand('insertText', false, text)) {
      box.setRangeText(text, from, to, 'end');
      onInput(box.value);
    }
    setCaret(box.selectionStart);
  };

  const accept = (suggestion: Suggestion) => {
    setWanted(suggestion.goesOn);
    replace(suggestion.from, suggestion.to, suggestion.insert);
  };

  const run = () => {
    setWanted(false);
    setShowError(true);
    onRun();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const count = completion?.suggestions.length ?? 0;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      setCaret(area.current!.selectionStart);
      setWanted(true);
    } else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      const move = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((at) => (at < 0 && move < 0 ? count - 1 : (at + move + count) % count));
    } else if (
      open &&
      (event.key === 'Enter' || event.key === 'Tab') &&
      (chosen >= 0 || event.key === 'Tab') &&
      !event.shiftKey
    ) {
      event.preventDefault();
      accept(completion!.suggestions[Math.max(0, chosen)]!);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (open || wanted) setWanted(false);
      else area.current!.blur();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.isComposing) {
      event.preventDefault();
      run();
    }
  };

  const listId = `${id}-list`;
  return (
    <div class="editor">
      <div class="editor-row">
        <div class={`editor-box${wrong ? ' invalid' : ''}`}>
          <div class="editor-stack">
            <pre ref={mirror} class="editor-mirror" aria-hidden="true">
              <HighlightedQuery text={value} wrong={wrong} />
              {wrong && wrong.start === value.length && <span class="wrong-end"> </span>}
              {'\n'}
            </pre>
            <textarea
              ref={area}
              id="query"
              class="editor-area"
              rows={1}
              aria-label="LogQL query"
              aria-autocomplete="list"
              aria-controls={open ? listId : undefined}
              aria-activedescendant={open && chosen >= 0 ? `${listId}-${chosen}` : undefined}
              aria-invalid={shownError !== undefined}
              aria-describedby={shownError ? `${id}-error` : undefined}
              autocomplete="off"
              autocapitalize="off"
              autocorrect="off"
              spellcheck={false}
              placeholder={'{service_name="…"} |= "text"'}
              value={value}
              onInput={(event) => {
                onInput(event.currentTarget.value);
                setCaret(event.currentTarget.selectionStart);
                setWanted(true);
              }}
              onKeyDown={onKeyDown}
              onSelect={(event) => {
                const at = event.currentTarget.selectionStart;
                if (at !== caret) {
                  setCaret(at);
                  if (!open) setWanted(false);
                }
              }}
              onFocus={() => setFocused(true)}
              onBlur={() => {
                setFocused(false);
                setWanted(false);
              }}
            />
            {completion && (
              <div
                ref={listElement}
                id={listId}
                class="suggestions"
                role="listbox"
                aria-label="Suggestions"
                style={{ left: `${position.left}px`, top: `${position.top}px` }}
              >
                {completion.suggestions.map((suggestion, index) => (
                  <div
                    key={`${suggestion.label} ${suggestion.detail}`}
                    id={`${listId}-${index}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={index === chosen}
                    onPointerDown={(event) => {
                      event.preventDefault();
                      accept(suggestion);
                    }}
                  >
                    <span class="suggestion-label">{suggestion.label}</span>
                    <span class="suggestion-detail">{suggestion.detail}</span>
                  </div>
                ))}
              </div>
            )}
          </div>
        </div>
        {children}
      </div>
      {shownError && <ErrorCaret id={`${id}-error`} error={shownError} text={value} />}
    </div>
  );
}

function fitHeight(box: HTMLTextAreaElement | null): void {
  if (!box) return;
  box.style.height = '0';
  box.style.height = `${box.scrollHeight}px`;
}

/** At least one character, so that there is something to underline. */
function errorSpan(error: LogqlError, text: string): { start: number; end: number } {
  const { start, end } = error.span;
  return end > start ? { start, end } : { start: Math.min(start, text.length), end: Math.min(start + 1, text.length) };
}

const contextChars = 28;

/** The line of the query around the mistake, a caret under the exact place, and Loki's words. */
function ErrorCaret({ id, error, text }: { id: string; error: LogqlError; text: string }) {
  const lineStart = text.lastIndexOf('\n', error.span.start - 1) + 1;
  const lineBreak = text.indexOf('\n', error.span.start);
  const lineEnd = lineBreak < 0 ? text.length : lineBreak;
  const from = Math.max(lineStart, error.span.start - contextChars);
  const to = Math.min(lineEnd, error.span.start + contextChars);
  const before = `${from > lineStart ? '…' : ''}${text.slice(from, error.span.start)}`;
  const length = Math.max(1, Math.min(error.span.end, to) - error.span.start);
  return (
    <div id={id} class="editor-error" role="status">
      <pre aria-hidden="true">
        {`${before}${text.slice(error.span.start, to)}${to < lineEnd ? '…' : ''}\n${' '.repeat([...before].length)}`}
        <b>{'^'.repeat(length)}</b>
      </pre>
      <p>{error.message}</p>
    </div>
  );
}
