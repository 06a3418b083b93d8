import { useEffect, useMemo, useState } from 'preact/hooks';
import { formatSample } from '../chart/format-number.ts';
import type { Alert, RuleGroup } from '../client/answers.ts';
import { ApiFailure, isAbort } from '../client/api-failure.ts';
import { Icon } from '../controls/icon.tsx';
import { Notice } from '../controls/notice.tsx';
import { HighlightedQuery } from '../editor/highlighted-query.tsx';
import { FailureNotice } from '../explore/failure-notice.tsx';
import { visibleText } from '../lines/visible-text.ts';
import { usePage } from '../shell/page-context.ts';
import { bindShortcuts } from '../shell/shortcuts.ts';
import { formatAge, formatDateTime } from '../time/format-time.ts';
import { describeDurationMs, last } from '../time/range-choice.ts';
import { alertingRules, alertValue, countAlerts, type ListedRule, orderedAlerts } from './alert-order.ts';

const refreshMs = 10_000;

/** Every alert rule of the tenant: what fires, since when, at which value, and the query behind it. */
export function AlertsView() {
  const { client, tenant } = usePage();
  const [groups, setGroups] = useState<readonly RuleGroup[]>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [asking, setAsking] = useState(0);
  const [nowMs, setNowMs] = useState(Date.now());

  useEffect(() => {
    if (!tenant.ready) return;
    const controller = new AbortController();
    let timer = 0;
    const load = async () => {
      try {
        setGroups(await client.ruleGroups(tenant.choice, controller.signal));
        setFailure(undefined);
      } catch (error) {
        if (isAbort(error)) return;
        if (!(error instanceof ApiFailure)) throw error;
        setFailure(error);
      }
      setNowMs(Date.now());
      if (!controller.signal.aborted) timer = window.setTimeout(load, refreshMs);
    };
    setGroups(undefined);
    void load();
    return () => {
      controller.abort();
      window.clearTimeout(timer);
    };
  }, [client, tenant, asking]);

  const refresh = () => setAsking((count) => count + 1);
  useEffect(() => bindShortcuts({ refresh }), []);

  const rules = useMemo(() => alertingRules(groups ?? []), [groups]);
  const recordingCount = (groups ?? []).reduce((sum, group) => sum + group.rules.length, 0) - rules.length;
  const counts = countAlerts(rules);

  return (
    <div class="alerts">
      <div class="alerts-head">
        <h1 class="view-title">Alerts</h1>
        {groups !== undefined && rules.length > 0 && (
          <ul class="alert-counts">
            <li class={counts.firing > 0 ? 'state-firing' : ''}>
              <strong>{counts.firing}</strong> firing
            </li>
            <li class={counts.pending > 0 ? 'state-pending' : ''}>
              <strong>{counts.pending}</strong> pending
            </li>
            <li>
              <strong>{counts.quiet}</strong> quiet {counts.quiet === 1 ? 'rule' : 'rules'}
            </li>
          </ul>
        )}
        <button type="button" class="button small" onClick={refresh} title="Ask again ( r )">
          <Icon name="refresh" /> Refresh
        </button>
      </div>
      {failure && (
        <FailureNotice
          failure={failure}
          remedies={{ retry: refresh, pickTenant: () => document.getElementById('tenant-button')?.click() }}
        />
      )}
      {groups === undefined && !failure && (
        <div class="alerts-loading">
          <div class="progress" />
          <span class="soft">Loading rules…</span>
        </div>
      )}
      {groups !== undefined && rules.length === 0 && (
        <Notice
          kind="info"
          title="This tenant has no alert rules"
          next="Rule files stand in the folder that ruler_storage in loki.yaml names, one folder a tenant."
        />
      )}
      <ul class="rule-list">
        {rules.map((listed) => (
          <RuleCard
            key={`${listed.group.file} ${listed.group.name} ${listed.rule.name}`}
            listed={listed}
            nowMs={nowMs}
          />
        ))}
      </ul>
      {recordingCount > 0 && (
        <p class="soft">
          And {recordingCount} recording {recordingCount === 1 ? 'rule' : 'rules'}.
        </p>
      )}
    </div>
  );
}

const stateWords = { firing: 'Firing', pending: 'Pending', inactive: 'Quiet' } as const;

function RuleCard({ listed, nowMs }: { listed: ListedRule; nowMs: number }) {
  const { linkTo } = usePage();
  const { rule, group } = listed;
  const alerts = orderedAlerts(rule.alerts);
  const evaluated = Date.parse(rule.lastEvaluation);
  return (
    <li>
      <article class={`rule state-${rule.state}`}>
        <header class="rule-head">
          <span class={`state-badge state-${rule.state}`}>{stateWords[rule.state]}</span>
          <h2>{rule.name}</h2>
          <span class="soft rule-place">
            {group.file} / {group.name}
          </span>
        </header>
        {rule.health === 'err' && (
          <Notice
            kind="error"
            title="The rule could not be evaluated"
            detail={rule.lastError}
            next="While it fails it cannot alert. Correct the rule file."
          />
        )}
        {alerts.map((alert) => (
          <AlertRow key={JSON.stringify(alert.labels)} alert={alert} nowMs={nowMs} />
        ))}
        {alerts.length === 0 && rule.annotations['summary'] && (
          <p class="soft">{visibleText(rule.annotations['summary'])}</p>
        )}
        <details class="rule-query" open={rule.state !== 'inactive'}>
          <summary>
            Query
            <span class="soft">
              {rule.durationSeconds > 0 && ` · for ${describeDurationMs(rule.durationSeconds * 1000)}`}
              {Number.isFinite(evaluated) && evaluated > 0 && ` · evaluated ${formatAge(evaluated, nowMs)}`}
            </span>
          </summary>
          <pre>
            <HighlightedQuery text={rule.query} />
          </pre>
          <a class="button small" href={linkTo({ view: 'explore', query: rule.query, range: last(3_600_000) })}>
            <Icon name="search" /> Open in Explore
          </a>
        </details>
      </article>
    </li>
  );
}

function AlertRow({ alert, nowMs }: { alert: Alert; nowMs: number }) {
  const { preferences } = usePage();
  const since = Date.parse(alert.activeAt);
  const labels = Object.entries(alert.labels).filter(([name]) => name !== 'alertname');
  const { summary, description, ...others } = alert.annotations;
  return (
    <div class={`alert state-${alert.state}`}>
      <p class="alert-line">
        <strong class={`alert-state state-${alert.state}`}>{stateWords[alert.state]}</strong>
        {Number.isFinite(since) && (
          <span>
            since{' '}
            <time dateTime={alert.activeAt}>{formatDateTime(Math.floor(since / 1000) * 1000, preferences.zone)}</time>{' '}
            <span class="soft">({formatAge(since, nowMs)})</span>
          </span>
        )}
        <span>
          value <strong>{formatSample(alertValue(alert.value))}</strong>
        </span>
      </p>
      {summary && <p>{visibleText(summary)}</p>}
      {description && <p class="soft">{visibleText(description)}</p>}
      {labels.length > 0 && (
        <ul class="label-chips" aria-label="Labels">
          {labels.map(([name, value]) => (
            <li key={name}>
              <span>{name}</span>
              {visibleText(value)}
            </li>
          ))}
        </ul>
      )}
      {Object.entries(others).map(([name, value]) => (
        <p key={name} class="soft">
          {name}:{' '}
          {/^https?:\/\//.test(value) ? (
            <a href={value} rel="noreferrer noopener" target="_blank">
              {value}
            </a>
          ) : (
            visibleText(value)
          )}
        </p>
      ))}
    </div>
  );
}
