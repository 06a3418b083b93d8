import type { NewExpression, NewItem } from '@cordwood/alloy';
import type { Conversion } from './conversion.ts';
import { type DiscoveryKind, discoveryKinds } from './discovery-kinds.ts';
import { convertTable, text } from './fields.ts';
import type { YamlValue } from './yaml-value.ts';

/** Discovery components of one scrape config, and what they offer: `discovery.file.app.targets`. */
export interface Discovered {
  readonly items: NewItem[];
  readonly targets: NewExpression[];
}

/** All but Docker's, which comes with a source of its own. */
export function convertDiscovery(job: YamlValue, label: string, conversion: Conversion): Discovered {
  const out: Discovered = { items: [], targets: [] };
  for (const kind of discoveryKinds) addKind(out, job.get(kind.from), kind, label, conversion);
  return out;
}

export function addKind(
  out: Discovered,
  list: YamlValue | undefined,
  kind: DiscoveryKind,
  label: string,
  conversion: Conversion,
): void {
  if (list === undefined || list.kind === 'null') return;
  if (list.kind !== 'list') conversion.cannotUnmarshal(list, `[]*${kind.table.goType}`);
  list.items.forEach((value, i) => {
    const name = i === 0 ? label : `${label}_${i + 1}`;
    const own = special[kind.from];
    const body = own === undefined ? convertTable(value, kind.table, conversion) : own(value, kind, conversion);
    if (body === undefined) return;
    out.items.push(conversion.block(kind.to, body, value.place, name));
    out.targets.push({ code: `${kind.to}.${name}.targets` });
  });
}

type Special = (value: YamlValue, kind: DiscoveryKind, conversion: Conversion) => NewItem[] | undefined;

/** Kinds that need more than their table. */
const special: Readonly<Record<string, Special>> = {
  azure_sd_configs: convertAzure,
  kubernetes_sd_configs: convertKubernetes,
};

const azureMethods = ['OAuth', 'ManagedIdentity'];

function convertAzure(value: YamlValue, kind: DiscoveryKind, conversion: Conversion): NewItem[] | undefined {
  const method = value.get('authentication_method');
  const name = method?.text || 'OAuth';
  const body = convertTable(value, kind.table, conversion);
  if (!azureMethods.includes(name)) {
    conversion.report(
      method!.place,
      'critical',
      `authentication_method "${name}" of azure_sd_configs is not supported by discovery.azure`,
      `Alloy knows ${azureMethods.join(' and ')}`,
    );
    return undefined;
  }
  const wanted = name === 'OAuth' ? ['client_id', 'tenant_id', 'client_secret'] : ['client_id'];
  const credentials = wanted.flatMap((key) => {
    const given = value.get(key);
    return given?.kind === 'scalar' ? [conversion.attribute(key, text(given, conversion) ?? '', given.place)] : [];
  });
  const block = conversion.block(name === 'OAuth' ? 'oauth' : 'managed_identity', credentials);
  const after = body.findIndex((item) => item.kind === 'attribute' && item.name === 'subscription_id');
  return body.toSpliced(after + 1, 0, block);
}

/** The name of the node, as Promtail finds it. */
export const nodeName = 'coalesce(sys.env("HOSTNAME"), constants.hostname)';

/** Promtail asks for the pods of its own node only, whatever the file says; Alloy must be told. */
function convertKubernetes(value: YamlValue, kind: DiscoveryKind, conversion: Conversion): NewItem[] {
  const body = convertTable(value, kind.table, conversion);
  if (value.get('role')?.text !== 'pod') return body;
  const at = body.findIndex((item) => item.kind === 'block' && item.name === 'selectors');
  const given = body[at];
  if (given?.kind !== 'block') return [...body, nodeSelector([], conversion)];
  // Only the first selector is narrowed, and it becomes one for pods: that is Promtail's rule.
  const others = given.body.filter((item) => item.kind === 'attribute' && item.name !== 'role');
  const selector = nodeSelector(others, conversion);
  const line = conversion.lines.get(given);
  if (line !== undefined) conversion.lines.set(selector, line);
  return body.with(at, selector);
}

function nodeSelector(others: readonly NewItem[], conversion: Conversion): NewItem {
  const field = others.find((item) => item.kind === 'attribute' && item.name === 'field');
  const own = field?.kind === 'attribute' && typeof field.value === 'string' && field.value !== '' ? field.value : '';
  const prefix = JSON.stringify(`${own === '' ? '' : `${own},`}spec.nodeName=`);
  return conversion.block('selectors', [
    conversion.attribute('role', 'pod'),
    ...others.filter((item) => item !== field),
    conversion.attribute('field', { code: `${prefix} + ${nodeName}` }),
  ]);
}
