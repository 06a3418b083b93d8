import type { Platform } from '../../platform.ts';
import type { Receiver } from '../../platform-definition.ts';
import { renderedNote } from '../rendered-note.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/** Where alerts of Loki's ruler and of Prometheus go. Secrets are files. */
export const alertmanager: Renderer = {
  name: 'alertmanager',
  render: (platform) => [
    {
      path: alertmanagerPath,
      text: yamlText(alertmanagerConfig(platform), {
        head: `Who is told of which alert. Secrets are files that are mounted, never values. ${renderedNote}`,
      }),
    },
  ],
};

export const alertmanagerPath = 'monitoring/alertmanager/alertmanager.yaml';

function alertmanagerConfig({ alerting }: Platform) {
  return {
    route: {
      receiver: alerting.defaultReceiver,
      // One message for one thing that is wrong, however many series say so.
      group_by: ['alertname', 'tenant', 'service'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
      routes: alerting.routes.map(({ match, receiver }) => ({
        receiver,
        matchers: Object.entries(match).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
      })),
    },
    // Who is woken by the critical alert need not read the warning of the same name.
    inhibit_rules: [
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity="warning"'],
        equal: ['alertname', 'tenant', 'service'],
      },
    ],
    receivers: Object.entries(alerting.receivers).map(([name, receiver]) => ({ name, ...configOf(receiver) })),
  };
}

function configOf(receiver: Receiver): object {
  switch (receiver.kind) {
    case 'slack':
      return {
        slack_configs: [
          {
            api_url_file: receiver.urlFile,
            channel: receiver.channel,
            send_resolved: true,
            title: '{{ .Status | toUpper }} {{ .CommonLabels.alertname }}',
            text: '{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook }}\n{{ end }}',
          },
        ],
      };
    case 'pagerduty':
      return {
        pagerduty_configs: [{ routing_key_file: receiver.routingKeyFile, severity: '{{ .CommonLabels.severity }}' }],
      };
    case 'email':
      return {
        email_configs: [
          {
            to: receiver.to,
            from: receiver.from,
            smarthost: receiver.smarthost,
            require_tls: true,
            send_resolved: true,
          },
        ],
      };
    case 'webhook':
      return { webhook_configs: [{ url: receiver.url, send_resolved: true }] };
  }
}
