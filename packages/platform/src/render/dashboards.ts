import { grafanaDashboard } from '../dashboards/grafana-dashboard.ts';
import { logExploration } from '../dashboards/log-exploration.ts';
import { lokiOperations } from '../dashboards/loki-operations.ts';
import type { Renderer } from './renderer.ts';

/** The dashboards of TR-007, as Grafana provisions them from files. */
export const dashboards: Renderer = {
  name: 'dashboards',
  render: (platform) => {
    const options = { tags: platform.dashboards.tags, refresh: platform.dashboards.refresh };
    return [
      { path: logExplorationPath, dashboard: logExploration(platform) },
      { path: lokiOperationsPath, dashboard: lokiOperations(platform) },
    ].map(({ path, dashboard }) => ({
      path,
      text: `${JSON.stringify(grafanaDashboard(dashboard, options), null, 2)}\n`,
    }));
  },
};

export const logExplorationPath = 'monitoring/dashboards/log-exploration.json';
export const lokiOperationsPath = 'monitoring/dashboards/loki-operations.json';
