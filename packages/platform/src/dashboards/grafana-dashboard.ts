import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { type Dashboard, datasourceVariable, type Panel, type Query, type Variable } from './dashboard.ts';

const heights: Readonly<Record<Panel['kind'], number>> = {
  lines: 8,
  'stacked-bars': 8,
  stat: 5,
  table: 10,
  logs: 14,
};

/**
 * The JSON that Grafana provisions from a file: classic schema, fixed uid, no id, no imports, datasources by variable, no panel types of
 * the Angular days (Grafana 12 has none of them any more).
 */
export function grafanaDashboard(
  source: Dashboard,
  options: { readonly tags: readonly string[]; readonly refresh: string },
): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(source.title)
    .uid(source.uid)
    .description(source.description)
    .tags([...options.tags])
    .refresh(options.refresh)
    .time({ from: source.from, to: 'now' })
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair);
  for (const variable of source.variables) builder.withVariable(variableBuilder(variable));
  let y = 0;
  let id = 1;
  for (const row of source.rows) {
    builder.withRow(new dashboard.RowBuilder(row.title).id(id++).gridPos({ x: 0, y: y++, w: 24, h: 1 }));
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      if (x + panel.width > 24) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      const height = heights[panel.kind];
      builder.withPanel(panelBuilder(panel).id(id++).gridPos({ x, y, w: panel.width, h: height }));
      x += panel.width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  const built = builder.build();
  // The SDK writes the schema of its own time; Grafana migrates from any.
  return { ...built, id: null as never, schemaVersion: 41 };
}

const refTo = (language: Query['language']): common.DataSourceRef => ({
  type: language === 'logql' ? 'loki' : 'prometheus',
  uid: `\${${datasourceVariable[language]}}`,
});

function panelBuilder(panel: Panel) {
  const { kind, title, description, unit = 'short' } = panel;
  const language = panel.queries[0]!.language;
  switch (kind) {
    case 'lines':
    case 'stacked-bars': {
      const builder = new timeseries.PanelBuilder()
        .title(title)
        .description(description)
        .datasource(refTo(language))
        .unit(unit)
        .min(0)
        .showPoints(common.VisibilityMode.Never)
        .legend(
          new common.VizLegendOptionsBuilder()
            .displayMode(common.LegendDisplayMode.List)
            .placement(common.LegendPlacement.Bottom)
            .showLegend(true),
        )
        .tooltip(
          new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
        );
      if (kind === 'stacked-bars')
        builder
          .drawStyle(common.GraphDrawStyle.Bars)
          .fillOpacity(80)
          .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
      else builder.fillOpacity(8);
      if (panel.redFrom !== undefined)
        builder
          .thresholds(redFrom(panel.redFrom))
          .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line));
      for (const [name, color] of Object.entries(panel.colors ?? {}))
        builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
      return withQueries(builder, panel, false);
    }
    case 'stat': {
      const builder = new stat.PanelBuilder()
        .title(title)
        .description(description)
        .datasource(refTo(language))
        .unit(unit)
        .graphMode(common.BigValueGraphMode.None)
        .colorMode(common.BigValueColorMode.Value)
        .thresholds(redFrom(panel.redFrom));
      return withQueries(builder, panel, true);
    }
    case 'table': {
      const builder = new table.PanelBuilder()
        .title(title)
        .description(description)
        .datasource(refTo(language))
        .unit(unit)
        .withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } })
        .sortBy([new common.TableSortByFieldStateBuilder().displayName('Value #A').desc(true)]);
      return withQueries(builder, panel, true);
    }
    case 'logs': {
      const builder = new logs.PanelBuilder()
        .title(title)
        .description(description)
        .datasource(refTo(language))
        .showTime(true)
        .wrapLogMessage(true)
        .prettifyLogMessage(true)
        .enableLogDetails(true)
        .dedupStrategy(common.LogsDedupStrategy.None)
        .sortOrder(common.LogsSortOrder.Descending);
      return withQueries(builder, panel, false);
    }
  }
}

const redFrom = (value: number | undefined) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ color: 'green', value: null as never }, ...(value === undefined ? [] : [{ color: 'red', value }])]);

type PanelBuilder = timeseries.PanelBuilder | stat.PanelBuilder | table.PanelBuilder | logs.PanelBuilder;

function withQueries<Builder extends PanelBuilder>(builder: Builder, panel: Panel, instant: boolean): Builder {
  panel.queries.forEach((query, index) => {
    const refId = String.fromCharCode(65 + index);
    builder.withTarget(queryBuilder(query, refId, panel.kind, instant));
  });
  return builder;
}

function queryBuilder({ language, expr, legend }: Query, refId: string, kind: Panel['kind'], instant: boolean) {
  if (language === 'logql') {
    const builder = new loki.DataqueryBuilder()
      .refId(refId)
      .datasource(refTo(language))
      .expr(expr)
      .queryType(instant ? 'instant' : 'range');
    if (legend !== undefined) builder.legendFormat(legend);
    if (kind === 'logs') builder.maxLines(500);
    return builder;
  }
  const builder = new prometheus.DataqueryBuilder().refId(refId).datasource(refTo(language)).expr(expr);
  if (legend !== undefined) builder.legendFormat(legend);
  if (kind === 'table') builder.format(prometheus.PromQueryFormat.Table);
  return instant ? builder.instant() : builder.range();
}

function variableBuilder(variable: Variable) {
  switch (variable.kind) {
    case 'datasource':
      return new dashboard.DatasourceVariableBuilder(variable.name).label(variable.label).type(variable.type);
    case 'label': {
      const { name, label, language, of, allValue } = variable;
      const builder = new dashboard.QueryVariableBuilder(name)
        .label(label)
        .datasource(refTo(language))
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
        .sort(dashboard.VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue(allValue)
        .current({ text: 'All', value: '$__all', selected: true });
      return language === 'logql'
        ? builder.query({ label: of, stream: variable.in ?? '', type: 1, refId: name })
        : builder.query(`label_values(${variable.in === undefined ? '' : `${variable.in}, `}${of})`);
    }
    case 'choice':
      return new dashboard.CustomVariableBuilder(variable.name)
        .label(variable.label)
        .values(variable.values.join(','))
        .multi(true)
        .includeAll(true)
        .allValue(variable.allValue)
        .current({ text: 'All', value: '$__all', selected: true });
    case 'text':
      return new dashboard.TextBoxVariableBuilder(variable.name)
        .label(variable.label)
        .defaultValue(variable.initial)
        .current({ text: variable.initial, value: variable.initial, selected: true });
  }
}
