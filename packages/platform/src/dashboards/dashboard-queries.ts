import type { Query } from './dashboard.ts';

/** A query of a rendered dashboard. */
export interface DashboardQuery {
  readonly panel: string;
  readonly panelType: string;
  readonly language: Query['language'];
  /** Raw, with Grafana's variables. */
  readonly expr: string;
  readonly instant: boolean;
}

interface GrafanaPanel {
  readonly title?: string;
  readonly type?: string;
  readonly datasource?: { readonly type?: string };
  readonly panels?: readonly GrafanaPanel[];
  readonly targets?: readonly {
    readonly expr?: string;
    readonly datasource?: { readonly type?: string };
    readonly queryType?: string;
    readonly instant?: boolean;
  }[];
}

/** The queries of a dashboard's JSON, whoever wrote it. */
export function dashboardQueries(dashboard: unknown): readonly DashboardQuery[] {
  return panelsOf(dashboard as GrafanaPanel).flatMap((panel) =>
    (panel.targets ?? []).flatMap(({ expr, datasource = panel.datasource, queryType, instant }) => {
      const language = ({ loki: 'logql', prometheus: 'promql' } as const)[datasource?.type ?? ''];
      if (expr === undefined || language === undefined) return [];
      return [
        {
          panel: panel.title ?? '',
          panelType: panel.type ?? '',
          language,
          expr,
          instant: queryType === 'instant' || instant === true,
        },
      ];
    }),
  );
}

const panelsOf = (panel: GrafanaPanel): readonly GrafanaPanel[] => [panel, ...(panel.panels ?? []).flatMap(panelsOf)];

/** What Grafana puts in for its own variables when a dashboard of an hour is opened. */
const macros: Readonly<Record<string, string>> = {
  __auto: '1m',
  __interval: '1m',
  __rate_interval: '5m',
  __range: '1h',
};

/** The query as Grafana would send it: `$name`, `${name}` and `${name:format}` replaced. What has no value stays. */
export function withVariables(expr: string, values: Readonly<Record<string, string>> = {}): string {
  return expr.replaceAll(
    /\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g,
    (text, braced: string | undefined, plain: string | undefined) => {
      const name = (braced ?? plain)!;
      return values[name] ?? macros[name] ?? text;
    },
  );
}

/** The value of "All" of each variable, or what it holds when the dashboard is opened. */
export function openingValues(dashboard: unknown): Readonly<Record<string, string>> {
  const { templating } = dashboard as {
    readonly templating?: {
      readonly list?: readonly {
        readonly name: string;
        readonly allValue?: string;
        readonly current?: { readonly value?: unknown };
      }[];
    };
  };
  return Object.fromEntries(
    (templating?.list ?? []).map(({ name, allValue, current }) => [name, allValue ?? String(current?.value ?? '')]),
  );
}
