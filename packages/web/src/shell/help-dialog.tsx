import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../controls/icon.tsx';
import { type Shortcut, shortcuts } from './shortcuts.ts';

const cheats: readonly (readonly [string, string])[] = [
  ['{service_name="api-gateway"}', 'every line of one service'],
  ['{service_name=~"csrd.*"} |= "timeout"', 'lines that contain a text'],
  ['{namespace="csrd"} | json | duration_ms > 500', 'JSON fields as labels, compared as numbers'],
  ['{service_name=~".+"} | detected_level="error"', 'errors of all services'],
  ['sum by (service_name) (rate({service_name=~".+"} [5m]))', 'lines per second and service, as a chart'],
  [
    'quantile_over_time(0.95, {namespace="csrd"} | json | unwrap duration_ms [5m]) by (service_name)',
    '95th percentile of a field',
  ],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const all: readonly Shortcut[] = Object.values(shortcuts);
  const groups = [...new Set(all.map((each) => each.group))];
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="help-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="dialog-head">
        <h2 id="help-title">Keys and queries</h2>
        <button type="button" class="icon-button quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <div class="dialog-body">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl class="shortcuts">
              {all
                .filter((each) => each.group === group)
                .map((each) => (
                  <div key={each.label}>
                    <dt>{each.label}</dt>
                    <dd>
                      {(each.shown ?? each.keys).map((key) => (
                        <>
                          <kbd key={key}>{key}</kbd>{' '}
                        </>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>LogQL in six lines</h3>
          <ul class="cheats">
            {cheats.map(([query, meaning]) => (
              <li key={query}>
                <code>{query}</code>
                <span>{meaning}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </dialog>
  );
}
