import type { Check } from '../../check.ts';
import { tenantRules } from '../../log-rules.ts';

export const leakAlert: Check = {
  id: 'redaction/leak-alert',
  severity: 'warning',
  title: 'A tenant whose production logs are kept longest has an alert for what the redaction missed',
  reason: 'Redaction by patterns misses what it does not know. Nobody looks for it by hand.',
  fix: 'An alert over the lines with the shapes of your secrets, without the value in label or text: |~ "AKIA[0-9A-Z]{16}|…".',
  traps: ['T47'],
  find({ platform }) {
    const alerts = tenantRules(platform).filter(
      ({ rule }) => 'alert' in rule && /AKIA|PRIVATE KEY|@\[?[A-Za-z]/.test(rule.expr),
    );
    return alerts.length > 0 ? [] : [{ message: 'no alert looks for secrets that got through', at: 'rules' }];
  },
};
