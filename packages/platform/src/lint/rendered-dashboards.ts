import {
  type DashboardQuery,
  dashboardQueries,
  openingValues,
  withVariables,
} from '../dashboards/dashboard-queries.ts';
import type { CheckInput } from './check.ts';

/** Every query of every rendered dashboard, as Grafana would send it when the dashboard is opened. */
export function renderedQueries(
  input: CheckInput,
): readonly (DashboardQuery & { readonly path: string; readonly sent: string })[] {
  return dashboardPaths(input).flatMap((path) => {
    const [dashboard] = input.documents(path);
    const values = openingValues(dashboard);
    return dashboardQueries(dashboard).map((query) => ({ ...query, path, sent: withVariables(query.expr, values) }));
  });
}

export const dashboardPaths = ({ artifacts }: CheckInput): readonly string[] =>
  artifacts.map(({ path }) => path).filter((path) => /^monitoring\/dashboards\/.+[.]json$/.test(path));
