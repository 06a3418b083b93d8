import { useEffect, useMemo, useState } from 'preact/hooks';
import { createTail, type Socket } from '../client/tail.ts';
import { usePage } from '../shell/page-context.ts';
import { createExploreSession, type ExploreSession, type ExploreState } from './explore-session.ts';

/** A bar wants this much room. */
const barWidthPx = 11;

export function useExplore(): { readonly session: ExploreSession; readonly explored: ExploreState } {
  const { client, baseUrl } = usePage();
  const [explored, setExplored] = useState<ExploreState>();
  const session = useMemo(
    () =>
      createExploreSession({
        client,
        nowMs: () => Date.now(),
        setTimer,
        createTail: (options) =>
          createTail({
            ...options,
            baseUrl,
            connect: (url) => new WebSocket(url) as Socket,
            setTimer,
            random: Math.random,
          }),
        barsMax: () => Math.max(24, Math.min(140, Math.floor(innerWidth / barWidthPx))),
        onChange: setExplored,
      }),
    [client, baseUrl],
  );
  useEffect(() => () => session.close(), [session]);
  return { session, explored: explored ?? session.state() };
}

function setTimer(run: () => void, afterMs: number): () => void {
  const timer = window.setTimeout(run, afterMs);
  return () => window.clearTimeout(timer);
}
