/** What every part of the page shares: the server, what the URL says, how this person likes to read. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { LokiClient, TenantChoice } from '../client/loki-client.ts';
import type { PageState } from '../state/page-state.ts';
import type { Preferences } from '../state/preferences.ts';

export interface PageContextValue {
  readonly client: LokiClient;
  readonly baseUrl: string;
  readonly state: PageState;
  /** Goes to another view or question; `replace` leaves no entry in the history. */
  readonly go: (patch: Partial<PageState>, how?: { replace?: boolean }) => void;
  /** The URL of a view, for links. */
  readonly linkTo: (patch: Partial<PageState>) => string;
  readonly preferences: Preferences;
  readonly prefer: (patch: Partial<Preferences>) => void;
  /** Whom to ask as; `ready` is false while the page still finds out. */
  readonly tenant: { readonly ready: boolean; readonly choice: TenantChoice };
  /** Says something once, on the screen and to a screen reader. */
  readonly announce: (text: string, how?: { quiet?: boolean }) => void;
  readonly dark: boolean;
}

const PageContext = createContext<PageContextValue | undefined>(undefined);
export const PageProvider = PageContext.Provider;

export function usePage(): PageContextValue {
  const value = useContext(PageContext);
  if (!value) throw new Error('BUG: outside of the page');
  return value;
}
