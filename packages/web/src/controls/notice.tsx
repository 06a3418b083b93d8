import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface NoticeProps {
  readonly kind: 'error' | 'warning' | 'info';
  readonly title: string;
  readonly detail?: string;
  readonly next?: ComponentChildren;
  /** Buttons. */
  readonly children?: ComponentChildren;
}

const icons: Record<NoticeProps['kind'], IconName> = { error: 'alert', warning: 'alert', info: 'info' };

/** What happened, in whose words, and what to do next. */
export function Notice({ kind, title, detail, next, children }: NoticeProps) {
  return (
    <section class={`notice ${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      <Icon name={icons[kind]} />
      <h2>{title}</h2>
      {detail !== undefined && detail !== '' && <pre>{detail}</pre>}
      {next !== undefined && <p>{next}</p>}
      {children && <div class="notice-actions">{children}</div>}
    </section>
  );
}
