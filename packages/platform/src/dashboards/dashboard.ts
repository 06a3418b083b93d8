/**
 * A dashboard as we think of it: variables, rows of panels, queries. `grafana-dashboard.ts` makes Grafana's JSON of it with the Foundation
 * SDK; keeping the two apart keeps each panel readable as what it is, a question.
 */
export interface Dashboard {
  /** Never changes: links and bookmarks hold it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
  /** What the time range is when it is opened: `now-1h`. */
  readonly from: string;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly title: string;
  /** What it answers, and what to do when it looks wrong. */
  readonly description: string;
  readonly kind: 'lines' | 'stacked-bars' | 'stat' | 'table' | 'logs';
  /** Of 24 columns. */
  readonly width: number;
  /** Grafana's name: `Bps`, `s`, `percentunit`, `short`. */
  readonly unit?: string;
  readonly queries: readonly Query[];
  /** From this value on the panel is red. */
  readonly redFrom?: number;
  /** Colours of series by name: levels have theirs everywhere. */
  readonly colors?: Readonly<Record<string, string>>;
}

export interface Query {
  readonly language: 'logql' | 'promql';
  readonly expr: string;
  /** Of the series: `{{service}}`. */
  readonly legend?: string;
}

export type Variable =
  | { readonly kind: 'datasource'; readonly name: string; readonly label: string; readonly type: 'loki' | 'prometheus' }
  | {
      readonly kind: 'label';
      readonly name: string;
      readonly label: string;
      readonly language: Query['language'];
      /** Whose values: `service`. */
      readonly of: string;
      /** Only of streams or series that match: `{namespace=~"$namespace"}`. */
      readonly in?: string;
      readonly allValue: string;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly values: readonly string[];
      readonly allValue: string;
    }
  | { readonly kind: 'text'; readonly name: string; readonly label: string; readonly initial: string };

/** Variables that hold the datasource of a language: the dashboards name no datasource, so a tenant is chosen by choosing one. */
export const datasourceVariable: Readonly<Record<Query['language'], string>> = { logql: 'loki_ds', promql: 'prom_ds' };
