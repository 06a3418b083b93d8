import { hostname } from 'node:os';
import { goJson } from '../go-json.ts';
import type { Route } from '../route.ts';

/** The rings of a Loki of one process: each has one member, which is this process. */
export const ring: Route = {
  paths: [
    '/ring',
    '/distributor/ring',
    '/pattern/ring',
    '/compactor/ring',
    '/ruler/ring',
    '/indexgateway/ring',
    '/scheduler/ring',
  ],
  methods: ['GET'],
  summary: 'The members of the ring: this process alone. A page, or JSON when the client accepts that.',
  tenancy: 'none',
  refusals: 'line',
  answers: { 200: 'The members.' },
  handle({ headers }, { clock, startedNs, lifecycle }) {
    const nowMs = Number(clock.nowNs() / 1_000_000n);
    const member = {
      id: hostname(),
      state: lifecycle.ingesterStopped ? 'LEAVING' : 'ACTIVE',
      address: '127.0.0.1',
      timestamp: new Date(nowMs).toISOString(),
      registered_timestamp: new Date(Number(startedNs / 1_000_000n)).toISOString(),
      zone: '',
      tokens: [0],
    };
    if (String(headers.accept ?? '').includes('application/json')) {
      const body = { shards: [member], now: new Date(nowMs).toISOString() };
      return { status: 200, contentType: 'application/json', body: `${goJson(body)}\n` };
    }
    const cells = [member.id, member.state, member.address, member.registered_timestamp, member.timestamp];
    const row = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
    const body = `<!DOCTYPE html><html><head><meta charset="UTF-8"><title>Ring Status</title></head><body><h1>Ring Status</h1><p>Current time: ${member.timestamp}</p><table><tr><th>Instance</th><th>State</th><th>Address</th><th>Registered</th><th>Last heartbeat</th></tr><tr>${row}</tr></table></body></html>`;
    return { status: 200, contentType: 'text/html; charset=utf-8', body };
  },
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
