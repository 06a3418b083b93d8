import type { LokiClient } from '../client/loki-client.ts';
import { RequestError } from '../model/failure.ts';
import { printRuleGroup, type RuleGroup, readNamespaces } from '../rules/rule-group.ts';
import type { RuleNamespaces } from '../rules/rule-store.ts';
import { validateRuleGroup } from '../rules/validate-rule-group.ts';

/** The ruler's configuration API of Cordwood or any Loki, as lokitool uses it. A refusal is a RequestError with Loki's text. */
export interface RulerClient {
  list(signal: AbortSignal): Promise<RuleNamespaces>;
  setGroup(namespace: string, group: RuleGroup, signal: AbortSignal): Promise<void>;
  removeGroup(namespace: string, group: string, signal: AbortSignal): Promise<void>;
}

const path = '/loki/api/v1/rules';

export function createRulerClient(client: LokiClient): RulerClient {
  const done = async (answer: Promise<{ status: number; text: string }>): Promise<string> => {
    const { status, text } = await answer;
    if (status < 200 || status > 299) throw new RequestError(status, `the ruler answers ${status}: ${text.trim()}`);
    return text;
  };
  return {
    async list(signal) {
      const answer = await client.send('GET', path, undefined, signal);
      // Loki's way to say that there are none.
      if (answer.status === 404 && answer.text.includes('no rule groups found')) return new Map();
      return namespacesOf(await done(Promise.resolve(answer)));
    },
    async setGroup(namespace, group, signal) {
      const body = { type: 'application/yaml', text: printRuleGroup(group) };
      await done(client.send('POST', `${path}/${encodeURIComponent(namespace)}`, body, signal));
    },
    async removeGroup(namespace, group, signal) {
      const target = `${path}/${encodeURIComponent(namespace)}/${encodeURIComponent(group)}`;
      await done(client.send('DELETE', target, undefined, signal));
    },
  };
}

/** What a ruler has taken is not judged again. */
const noChecks = { expressionError: () => undefined, templateError: () => undefined };

function namespacesOf(text: string): RuleNamespaces {
  const { namespaces, diagnostics } = readNamespaces(text);
  if (diagnostics.some(({ severity }) => severity === 'error'))
    throw new RequestError(502, `the answer of the ruler cannot be read: ${diagnostics[0]!.message}`);
  return new Map(
    [...namespaces].map(([name, groups]) => [
      name,
      groups.flatMap((raw, index) => validateRuleGroup(raw, index, name, noChecks).group ?? []),
    ]),
  );
}
