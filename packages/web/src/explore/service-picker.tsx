import type { Expression } from '@cordwood/logql';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isAbort } from '../client/api-failure.ts';
import { Picker } from '../controls/picker.tsx';
import { chosenValues } from '../query/selector-edit.ts';
import { usePage } from '../shell/page-context.ts';
import { apiRange, resolveRange } from '../time/range-choice.ts';

interface ServicePickerProps {
  readonly expression: Expression | undefined;
  readonly onChoose: (label: string, services: readonly string[]) => void;
}

/** Labels that name a service, the one that Loki adds first. */
const serviceLabels = ['service_name', 'service', 'app', 'job'] as const;

export function ServicePicker({ expression, onChoose }: ServicePickerProps) {
  const { client, tenant, state } = usePage();
  const [label, setLabel] = useState<string>(serviceLabels[0]);
  const [services, setServices] = useState<readonly string[]>([]);
  const [loading, setLoading] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);

  const load = () => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const range = apiRange(resolveRange(state.range, Date.now()));
    const { signal } = controller;
    setLoading(true);
    (async () => {
      for (const name of serviceLabels) {
        const values = await client.labelValues(tenant.choice, name, range, undefined, signal);
        if (values.length === 0) continue;
        setLabel(name);
        return values;
      }
      return [];
    })()
      .then(setServices, (error: unknown) => {
        if (!isAbort(error)) setServices([]);
      })
      .finally(() => running.current === controller && setLoading(false));
  };
  useEffect(() => () => running.current?.abort(), []);

  const chosen = expression && chosenValues(expression, label);
  const value =
    chosen === undefined
      ? 'as the query says'
      : chosen.length === 0
        ? 'all'
        : chosen.length === 1
          ? chosen[0]!
          : `${chosen.length} chosen`;
  return (
    <Picker
      id="service-button"
      name="Service"
      value={value}
      options={services}
      selected={chosen ?? []}
      multiple
      allLabel="All services"
      loading={loading}
      empty="No service sent anything in this time range."
      disabled={expression === undefined}
      onOpen={load}
      onPick={(picked) => onChoose(label, picked)}
    />
  );
}
