import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AlertsView } from '../alerts/alerts-view.tsx';
import { useFiringCount } from '../alerts/use-firing-count.ts';
import type { TenantList } from '../client/answers.ts';
import type { LokiClient } from '../client/loki-client.ts';
import { Icon } from '../controls/icon.tsx';
import { Picker } from '../controls/picker.tsx';
import { useMedia } from '../controls/use-media.ts';
import { ExploreView } from '../explore/explore-view.tsx';
import { type Observable, useObservable } from '../state/observable.ts';
import { type PageState, parsePageState, printPageState, type View } from '../state/page-state.ts';
import type { Preferences } from '../state/preferences.ts';
import { TraceView } from '../trace/trace-view.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { PageProvider } from './page-context.ts';
import { bindShortcuts } from './shortcuts.ts';

interface PageProps {
  readonly client: LokiClient;
  readonly baseUrl: string;
  readonly preferences: Observable<Preferences>;
}

const viewNames: readonly (readonly [View, string])[] = [
  ['explore', 'Explore'],
  ['trace', 'Trace'],
  ['alerts', 'Alerts'],
];

const themeOrder = ['system', 'light', 'dark'] as const;
const themeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const;

export function Page({ client, baseUrl, preferences: stored }: PageProps) {
  const preferences = useObservable(stored);
  const [state, setState] = useState(() => parsePageState(location.hash));
  const [help, setHelp] = useState(false);
  const [toast, setToast] = useState<{ text: string; quiet: boolean }>({ text: '', quiet: true });
  const tenants = useTenants(client);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const dark = preferences.theme === 'system' ? systemDark : preferences.theme === 'dark';

  useEffect(() => {
    const onNavigate = () => setState((before) => parsePageState(location.hash, before));
    window.addEventListener('hashchange', onNavigate);
    window.addEventListener('popstate', onNavigate);
    return () => {
      window.removeEventListener('hashchange', onNavigate);
      window.removeEventListener('popstate', onNavigate);
    };
  }, []);

  const latest = useRef(state);
  latest.current = state;

  const go = useCallback((patch: Partial<PageState>, how: { replace?: boolean } = {}) => {
    const next = { ...latest.current, at: undefined, ...patch };
    const hash = printPageState(next);
    latest.current = next;
    setState(next);
    if (hash === location.hash) return;
    if (how.replace) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  }, []);

  const linkTo = useCallback(
    (patch: Partial<PageState>) => printPageState({ ...latest.current, at: undefined, ...patch }),
    [],
  );
  const prefer = useCallback((patch: Partial<Preferences>) => stored.set({ ...stored.get(), ...patch }), [stored]);
  const announce = useCallback(
    (text: string, how: { quiet?: boolean } = {}) => setToast({ text, quiet: how.quiet ?? false }),
    [],
  );

  useEffect(() => {
    if (toast.text === '') return;
    const timer = window.setTimeout(() => setToast({ text: '', quiet: true }), 2600);
    return () => window.clearTimeout(timer);
  }, [toast]);

  useEffect(
    () =>
      bindShortcuts({
        help: () => setHelp(true),
        explore: () => go({ view: 'explore' }),
        trace: () => go({ view: 'trace' }),
        alerts: () => go({ view: 'alerts' }),
      }),
    [go],
  );

  useEffect(() => {
    const name = viewNames.find(([view]) => view === state.view)?.[1];
    document.title = `${name} · Cordwood`;
  }, [state.view]);

  const tenant = useMemo(() => {
    if (tenants === undefined) return { ready: false, choice: undefined };
    if (!tenants.authEnabled) return { ready: true, choice: undefined };
    const remembered = preferences.tenant;
    const known = remembered !== undefined && (tenants.tenants.length === 0 || tenants.tenants.includes(remembered));
    return { ready: true, choice: state.tenant ?? (known ? remembered : undefined) ?? tenants.tenants[0] };
  }, [tenants, state.tenant, preferences.tenant]);

  const value = useMemo(
    () => ({ client, baseUrl, state, go, linkTo, preferences, prefer, tenant, announce, dark }),
    [client, baseUrl, state, go, linkTo, preferences, prefer, tenant, announce, dark],
  );
  const firing = useFiringCount(client, tenant);

  const nextTheme = themeOrder[(themeOrder.indexOf(preferences.theme) + 1) % themeOrder.length]!;
  return (
    <PageProvider value={value}>
      <a class="skip" href="#main" onClick={(event) => focusMain(event)}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={linkTo({ view: 'explore' })} aria-label="Cordwood: explore logs">
          <img src={iconUrl()} width="26" height="26" alt="" />
          <span class="brand-name">Cordwood</span>
        </a>
        <nav class="tabs" aria-label="Views">
          {viewNames.map(([view, name]) => (
            <a key={view} href={linkTo({ view })} aria-current={state.view === view ? 'page' : undefined}>
              {name}
              {view === 'alerts' && firing > 0 && (
                <span class="count-badge">
                  {firing}
                  <span class="visually-hidden"> firing</span>
                </span>
              )}
            </a>
          ))}
        </nav>
        <div class="top-end">
          {tenants?.authEnabled && (
            <Picker
              id="tenant-button"
              name="Tenant"
              value={tenant.choice ?? 'choose'}
              options={tenants.tenants}
              selected={tenant.choice === undefined ? [] : [tenant.choice]}
              freeText
              empty="No tenant has sent anything yet. Type a name to look anyway."
              onPick={([picked]) => {
                if (picked === undefined) return;
                prefer({ tenant: picked });
                go({ tenant: picked });
              }}
            />
          )}
          <button
            type="button"
            class="icon-button quiet"
            aria-label={`Theme: ${preferences.theme}. Switch to ${nextTheme}`}
            title={`Theme: ${preferences.theme}`}
            onClick={() => prefer({ theme: nextTheme })}
          >
            <Icon name={themeIcons[preferences.theme]} />
          </button>
          <button
            type="button"
            class="icon-button quiet"
            aria-label="Keys and queries"
            title="Help ( ? )"
            onClick={() => setHelp(true)}
          >
            <Icon name="help" />
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {state.view === 'explore' && <ExploreView />}
        {state.view === 'trace' && <TraceView />}
        {state.view === 'alerts' && <AlertsView />}
      </main>
      <div class={toast.quiet ? 'visually-hidden' : 'toast'} role="status">
        {toast.text}
      </div>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </PageProvider>
  );
}

/** The hashed name of the icon, from the page itself. */
function iconUrl(): string {
  return document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? '';
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** Undefined until known. A server that does not say (not a Cordwood) is taken for one with tenants. */
function useTenants(client: LokiClient): TenantList | undefined {
  const [tenants, setTenants] = useState<TenantList>();
  useEffect(() => {
    const controller = new AbortController();
    client.tenants(controller.signal).then(setTenants, () => {
      if (!controller.signal.aborted) setTenants({ tenants: [], authEnabled: true });
    });
    return () => controller.abort();
  }, [client]);
  return tenants;
}
