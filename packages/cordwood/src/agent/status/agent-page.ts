/** The page of an agent: its graph with live rates and health, and the counters of every component. Plain HTML, no library. */
import type { AgentStatus, CounterStatus } from './agent-status.ts';

const node = { width: 220, height: 58, gapX: 70, gapY: 22 };

/** The whole document; `refreshPath` is asked for the part that changes. */
export function renderAgentPage(status: AgentStatus, refreshPath: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cordwood agent</title>
<style>${styles}</style>
</head>
<body>
<main id="status">${renderAgentStatus(status)}</main>
<script>
const target = document.getElementById('status');
setInterval(async () => {
  try {
    const answer = await fetch(${JSON.stringify(refreshPath)});
    if (!answer.ok) throw new Error(answer.status);
    const open = [...target.querySelectorAll('details[open]')].map((one) => one.id);
    target.innerHTML = await answer.text();
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    document.body.classList.remove('away');
  } catch {
    document.body.classList.add('away');
  }
}, 2000);
</script>
</body>
</html>
`;
}

/** The part that changes. */
export function renderAgentStatus(status: AgentStatus): string {
  const ill = status.components.filter(({ health }) => health === 'unhealthy');
  const summary =
    ill.length === 0
      ? `${status.components.length} components, all healthy`
      : `${ill.length} of ${status.components.length} components are not well`;
  return `<h1>Agent <small class="${ill.length === 0 ? 'well' : 'ill'}">${summary}</small></h1>
<p class="gone" role="alert">The agent does not answer. What you see is old.</p>
${ill.map(({ id, message }) => `<p class="problem"><b>${escapeHtml(id)}</b> ${escapeHtml(message)}</p>`).join('')}
<div class="graph">${renderGraph(status)}</div>
<h2>Components</h2>
${status.components.map(renderComponent).join('\n')}`;
}

function renderComponent({ id, health, message, counters }: AgentStatus['components'][number]): string {
  const rows = counters.map(renderCounter).join('');
  const table =
    rows === '' ? '<p>counts nothing</p>' : `<table><tr><th>counter<th>total<th>per second</tr>${rows}</table>`;
  return `<details id="${escapeHtml(id)}"><summary><span class="${health === 'healthy' ? 'well' : 'ill'}">●</span> ${escapeHtml(id)}${
    message === '' ? '' : ` <small>${escapeHtml(message)}</small>`
  }</summary>${table}</details>`;
}

function renderCounter({ name, labels, total, perSecond }: CounterStatus): string {
  const shown = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const text = shown.length === 0 ? name : `${name}{${shown.join(', ')}}`;
  return `<tr><td>${escapeHtml(text)}<td>${figure(total)}<td>${figure(perSecond)}</tr>`;
}

interface Box {
  readonly x: number;
  readonly y: number;
}

/** Boxes in columns, from what has nothing before it to what has nothing behind it. */
function layout(
  ids: readonly string[],
  edges: AgentStatus['edges'],
): { boxes: Map<string, Box>; width: number; height: number } {
  const column = new Map(ids.map((id) => [id, 0]));
  // A graph of a configuration has no cycles: as many rounds as there are boxes are enough.
  for (let round = 0; round < ids.length; round++) {
    for (const { from, to } of edges) column.set(to, Math.max(column.get(to) ?? 0, (column.get(from) ?? 0) + 1));
  }
  // What stands alone before its only reader stands next to it.
  for (const id of ids) {
    const readers = edges.filter(({ from }) => from === id).map(({ to }) => column.get(to) ?? 0);
    const hasFeeders = edges.some(({ to }) => to === id);
    if (!hasFeeders && readers.length > 0) column.set(id, Math.min(...readers) - 1);
  }
  const columns = Math.max(0, ...column.values()) + 1;
  const boxes = new Map<string, Box>();
  let height = 0;
  for (let c = 0; c < columns; c++) {
    const inColumn = ids.filter((id) => column.get(id) === c);
    const wish = (id: string) => {
      const feeders = edges.filter(({ to }) => to === id).flatMap(({ from }) => boxes.get(from)?.y ?? []);
      return feeders.length === 0 ? 0 : feeders.reduce((sum, y) => sum + y, 0) / feeders.length;
    };
    let y = 0;
    for (const id of inColumn.toSorted((a, b) => wish(a) - wish(b))) {
      y = Math.max(y, wish(id));
      boxes.set(id, { x: c * (node.width + node.gapX), y });
      y += node.height + node.gapY;
    }
    height = Math.max(height, y - node.gapY);
  }
  return { boxes, width: columns * (node.width + node.gapX) - node.gapX, height };
}

function renderGraph({ components, edges }: AgentStatus): string {
  // Components inside of modules have a path; the picture is that of the configuration itself.
  const shown = components.filter(({ id }) => !id.includes('/'));
  const { boxes, width, height } = layout(
    shown.map(({ id }) => id),
    edges,
  );
  const arrows = edges.map(({ from, to, entriesPerSecond }) => {
    const [a, b] = [boxes.get(from), boxes.get(to)];
    if (a === undefined || b === undefined) return '';
    const [x1, y1, x2, y2] = [a.x + node.width, a.y + node.height / 2, b.x - 4, b.y + node.height / 2];
    const middle = (x1 + x2) / 2;
    const moving = (entriesPerSecond ?? 0) > 0 ? ' class="moving"' : '';
    const rate =
      entriesPerSecond === undefined
        ? ''
        : `<text x="${middle}" y="${(y1 + y2) / 2 - 6}">${figure(entriesPerSecond)}/s</text>`;
    return `<path${moving} d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" marker-end="url(#arrow)"/>${rate}`;
  });
  const drawn = shown.map(({ id, name, health }) => {
    const { x, y } = boxes.get(id)!;
    const label = id.slice(name.length + 1);
    return `<g class="${health === 'healthy' ? 'well' : 'ill'}"><rect x="${x}" y="${y}" width="${node.width}" height="${node.height}" rx="6"/>
<text class="name" x="${x + 12}" y="${y + 24}">${escapeHtml(name)}</text><text class="label" x="${x + 12}" y="${y + 43}">${escapeHtml(label)}</text></g>`;
  });
  return `<svg viewBox="-4 -4 ${width + 8} ${height + 8}" width="${width + 8}" height="${height + 8}" role="img" aria-label="Component graph">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${arrows.join('\n')}
${drawn.join('\n')}
</svg>`;
}

function figure(value: number): string {
  if (value !== 0 && value < 10) return value.toFixed(value < 1 ? 2 : 1);
  return Math.round(value).toLocaleString('en-US');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const styles = `
:root { color-scheme: light dark; --line: light-dark(#8a8f98, #6b7280); --box: light-dark(#fff, #16181d); --text: light-dark(#1b1d21, #e6e8eb); --well: light-dark(#1a7f37, #3fb950); --ill: light-dark(#cf222e, #f85149); }
body { margin: 0; padding: 1.5rem; font: 14px/1.5 system-ui, sans-serif; color: var(--text); background: light-dark(#f6f7f9, #0d0f12); }
h1 { font-size: 1.3rem; } h1 small { font-size: .9rem; font-weight: 400; margin-left: .6rem; } h2 { font-size: 1rem; margin-top: 2rem; }
.well { color: var(--well); } .ill { color: var(--ill); }
.problem { margin: .3rem 0; padding: .5rem .75rem; border-left: 3px solid var(--ill); background: var(--box); }
.gone { display: none; color: var(--ill); } .away .gone { display: block; } .away .graph { opacity: .4; }
.graph { overflow-x: auto; } .graph svg { max-width: 100%; min-width: 900px; height: auto; }
svg rect { fill: var(--box); stroke: currentColor; stroke-width: 1.5; }
svg path { fill: none; stroke: var(--line); stroke-width: 1.5; } svg path.moving { stroke: var(--well); stroke-width: 2; }
svg marker path { fill: var(--line); stroke: none; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; text-anchor: middle; } svg .name, svg .label { text-anchor: start; } svg .name { font-weight: 600; } svg .label { fill: var(--line); }
details { margin: .25rem 0; } summary { cursor: pointer; } summary small { color: var(--ill); }
table { border-collapse: collapse; margin: .4rem 0 .8rem 1.2rem; font-variant-numeric: tabular-nums; } td, th { padding: .1rem .8rem .1rem 0; text-align: right; font-weight: 400; } td:first-child, th:first-child { text-align: left; font-family: ui-monospace, monospace; font-size: 12px; } th { color: var(--line); }
`;
