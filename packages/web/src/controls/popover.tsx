import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly label: string;
  /** Which edge of the button it keeps to. */
  readonly align?: 'start' | 'end';
  readonly children: ComponentChildren;
}

/** A panel that hangs from the element beside it. Closes on Escape, a press elsewhere, and when the focus leaves it. */
export function Popover({ open, onClose, label, align = 'start', children }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!open) return;
    const anchor = panel.current?.parentElement;
    const opener = anchor?.querySelector('button') ?? null;
    const closeOnPress = (event: PointerEvent) => {
      if (!anchor?.contains(event.target as Node)) onClose();
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
      opener?.focus();
    };
    const closeOnLeave = (event: FocusEvent) => {
      if (event.relatedTarget instanceof Node && !anchor?.contains(event.relatedTarget)) onClose();
    };
    document.addEventListener('pointerdown', closeOnPress);
    anchor?.addEventListener('keydown', closeOnEscape);
    anchor?.addEventListener('focusout', closeOnLeave);
    return () => {
      document.removeEventListener('pointerdown', closeOnPress);
      anchor?.removeEventListener('keydown', closeOnEscape);
      anchor?.removeEventListener('focusout', closeOnLeave);
    };
  }, [open, onClose]);

  if (!open) return null;
  return (
    <>
      <div class="popover-backdrop" onClick={onClose} />
      <div ref={panel} class={`popover ${align}`} role="dialog" aria-label={label}>
        {children}
      </div>
    </>
  );
}
