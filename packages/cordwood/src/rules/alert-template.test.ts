import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { createAlertTemplates } from './alert-template.ts';

const { expand, check } = createAlertTemplates({
  externalUrl: 'http://cordwood/logs',
  externalLabels: { cluster: 'eu' },
});

function expands(text: string, expected: string, value = 1234.5) {
  assert.equal(
    expand('__alert_A', text, { labels: createLabels({ app: 'shop', instance: 'a.example.com:80' }), value }, 0),
    expected,
    text,
  );
}

test('labels, value and functions', () => {
  expands('no braces', 'no braces');
  expands('{{ $labels.app }} at {{ $value }}', 'shop at 1234.5');
  expands(
    '[{{ $labels.missing }}] {{ $externalLabels.cluster }} {{ $externalURL }}{{ pathPrefix }}',
    '[] eu http://cordwood/logs/logs',
  );
  expands(
    '{{ $value | humanize }} {{ humanize1024 2048.0 }} {{ humanizePercentage 0.1234 }} {{ humanizeDuration 3661.0 }}',
    '1.234k 2ki 12.34% 1h 1m 1s',
  );
  expands(
    '{{ humanizeDuration 0.25 }} {{ humanize 0.001 }} {{ humanizeTimestamp 1795132800.0 }}',
    '250ms 1m 2026-11-20 00:00:00 +0000 UTC',
  );
  expands(
    '{{ $labels.instance | stripPort }} {{ $labels.instance | stripDomain }} {{ reReplaceAll "s(.)" "$1-" $labels.app }}',
    'a.example.com a:80 h-op',
  );
  expands(
    '{{ printf "%.2f" $value }} {{ $labels.app | toUpper }} {{ title "two words" }} {{ if match "^sh" $labels.app }}y{{ end }}',
    '1234.50 SHOP Two Words y',
  );
  expands('{{ parseDuration "1h30m" }}', '5400');
});

test('a template that fails says so in its place', () => {
  expands(
    '{{ $value | nope }}',
    '<error expanding template: error parsing template __alert_A: template: __alert_A:1: function "nope" not defined>',
  );
  assert.equal(check('__alert_A', '{{ .x '), 'template: __alert_A:1: unclosed action');
  assert.equal(check('__alert_A', '{{ $lables.x }}'), 'template: __alert_A:1: undefined variable "$lables"');
  assert.equal(check('__alert_A', 'fine {{ $value }}'), undefined);
});
