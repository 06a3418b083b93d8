import { useEffect, useState } from 'preact/hooks';
import type { LokiClient, TenantChoice } from '../client/loki-client.ts';

const everyMs = 30_000;

/** How many alerts fire, for the badge on the tab. Zero when the server has no ruler. */
export function useFiringCount(client: LokiClient, tenant: { ready: boolean; choice: TenantChoice }): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!tenant.ready) return;
    const controller = new AbortController();
    let timer = 0;
    const look = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const alerts = await client.alerts(tenant.choice, controller.signal);
          setCount(alerts.filter((alert) => alert.state === 'firing').length);
        } catch {
          // The alerts view says what is wrong; a badge does not.
          if (!controller.signal.aborted) setCount(0);
        }
      }
      if (!controller.signal.aborted) timer = window.setTimeout(look, everyMs);
    };
    void look();
    return () => {
      controller.abort();
      window.clearTimeout(timer);
    };
  }, [client, tenant]);
  return count;
}
