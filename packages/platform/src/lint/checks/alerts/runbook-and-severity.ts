import type { Check, CheckFinding, CheckInput } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';

const severities = new Set(['critical', 'warning', 'info']);

export const runbookAndSeverity: Check = {
  id: 'alerts/runbook-and-severity',
  severity: 'error',
  title: 'Every alert says how bad it is, what it is and what to do',
  reason:
    'Alertmanager routes by severity: an alert without goes to whoever is last. Who is woken at three needs the next step, not a name.',
  fix: 'Give the alert severity, summary and runbook.',
  find: (input) =>
    renderedAlerts(input).flatMap(({ path, name, rule }) => {
      const severity = valueAt(rule, ['labels', 'severity']);
      const missing = ['summary', 'runbook'].filter((key) => {
        const text = valueAt(rule, ['annotations', key]);
        return typeof text !== 'string' || text.trim().length < 10;
      });
      const findings: CheckFinding[] = [];
      const place = { at: 'rules', in: { path, text: `alert: ${name}` } };
      if (!severities.has(severity as string))
        findings.push({
          message: `${name} has ${severity === undefined ? 'no severity' : `severity ${severity}`}`,
          ...place,
        });
      if (missing.length > 0) findings.push({ message: `${name} has no ${missing.join(' and no ')}`, ...place });
      return findings;
    }),
};

interface RenderedAlert {
  readonly path: string;
  readonly name: string;
  readonly rule: unknown;
}

/** Alerts of rule files, PrometheusRule objects and ConfigMaps of rules. */
export function renderedAlerts(input: CheckInput): readonly RenderedAlert[] {
  return input.artifacts
    .filter(({ path }) => /^(monitoring\/alerts|config\/loki\/rules|local\/[^/]+\/rules)\/.+[.]yaml$/.test(path))
    .flatMap(({ path }) =>
      input.documents(path).flatMap((document) => {
        const groups = (valueAt(document, ['groups']) ??
          valueAt(document, ['spec', 'groups']) ??
          []) as readonly unknown[];
        return groups.flatMap((group) =>
          ((valueAt(group, ['rules']) ?? []) as readonly { alert?: string }[]).flatMap((rule) =>
            rule.alert === undefined ? [] : [{ path, name: rule.alert, rule }],
          ),
        );
      }),
    );
}
