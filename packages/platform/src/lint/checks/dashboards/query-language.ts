import { parse } from '@cordwood/logql';
import type { Check } from '../../check.ts';
import { renderedQueries } from '../../rendered-dashboards.ts';

export const queryLanguage: Check = {
  id: 'dashboards/query-language',
  severity: 'error',
  title: 'LogQL of dashboards is LogQL, and of the kind that the panel shows',
  reason:
    'A panel of lines cannot show numbers, a graph no lines; and a query with an error is an error on the day of the incident.',
  fix: 'Try the query with `cordwood query`.',
  find: (input) =>
    renderedQueries(input)
      .filter(({ language }) => language === 'logql')
      .flatMap(({ path, panel, panelType, expr, sent }) => {
        const { expression, error } = parse(sent);
        const place = { path, text: JSON.stringify(expr).slice(1, 60) };
        if (error !== undefined)
          return [{ message: `panel "${panel}": ${error.message}`, at: 'dashboards', in: place }];
        const lines = expression.kind === 'log';
        if (lines === (panelType === 'logs')) return [];
        return [
          {
            message: `panel "${panel}" shows ${panelType === 'logs' ? 'lines' : 'numbers'}, its query gives ${lines ? 'lines' : 'numbers'}`,
            at: 'dashboards',
            in: place,
          },
        ];
      }),
};
