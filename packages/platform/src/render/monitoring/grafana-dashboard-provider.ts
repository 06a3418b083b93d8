import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/** Tells Grafana where the dashboards are. */
export const grafanaDashboardProvider: Renderer = {
  name: 'grafana-dashboard-provider',
  render: ({ name, dashboards }) => [
    {
      path: 'monitoring/grafana/dashboards.yaml',
      text: yamlText({
        apiVersion: 1,
        providers: [
          {
            name: `${name}-logs`,
            folder: dashboards.folder,
            type: 'file',
            disableDeletion: true,
            allowUiUpdates: false,
            options: { path: '/var/lib/grafana/dashboards' },
          },
        ],
      }),
    },
  ],
};
