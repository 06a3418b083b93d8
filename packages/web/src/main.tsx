import { render } from 'preact';
import { createLokiClient } from './client/loki-client.ts';
import { Page } from './shell/page.tsx';
import { createObservable } from './state/observable.ts';
import { parsePreferences, preferencesKey } from './state/preferences.ts';

/** The folder of the page: right under any path prefix. */
const baseUrl = new URL('./', location.href.split('#')[0]).href;

function readStored(): string | null {
  try {
    return localStorage.getItem(preferencesKey);
  } catch {
    return null;
  }
}

const preferences = createObservable(parsePreferences(readStored()));
preferences.subscribe((value) => {
  if (value.theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value.theme;
  try {
    localStorage.setItem(preferencesKey, JSON.stringify(value));
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
});

const page = document.getElementById('page')!;
page.replaceChildren();
render(
  <Page
    client={createLokiClient({ fetch: fetch.bind(window), baseUrl })}
    baseUrl={baseUrl}
    preferences={preferences}
  />,
  page,
);
