import { parse, printSelector, type Selector } from '@cordwood/logql';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiRange, LokiClient, TenantChoice } from '../client/loki-client.ts';
import { type CompletionContext, completionContext, type KnownMatcher } from '../query/completion-context.ts';
import { nowhere } from '../query/map-logs.ts';
import { type Suggestion, suggestionsFor } from '../query/suggestions.ts';

export interface SuggestionServer {
  readonly client: LokiClient;
  readonly tenant: TenantChoice;
  readonly range: () => ApiRange;
  /** Fields seen in the lines on the screen, with some of their values. */
  readonly fields: () => ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  readonly context: CompletionContext;
}

/** Names and values are asked for once and kept this long. */
const keepMs = 60_000;

function createCache(): (key: string, ask: () => Promise<readonly string[]>) => Promise<readonly string[]> {
  const known = new Map<string, { atMs: number; answer: Promise<readonly string[]> }>();
  return (key, ask) => {
    const found = known.get(key);
    if (found && Date.now() - found.atMs < keepMs) return found.answer;
    const answer = ask();
    known.set(key, { atMs: Date.now(), answer });
    answer.catch(() => known.delete(key));
    return answer;
  };
}

/** The other matchers of a half-written selector, if they make a valid one. */
function selectorOf(matchers: readonly KnownMatcher[]): string | undefined {
  if (matchers.length === 0) return undefined;
  const selector: Selector = {
    kind: 'selector',
    span: nowhere,
    matchers: matchers.map((each) => ({ kind: 'matcher', span: nowhere, ...each })),
  };
  const text = printSelector(selector);
  return parse(text, { allowEmptySelector: true }).expression ? text : undefined;
}

/** What to suggest at the caret; undefined while nothing fits. `wanted` is false as long as the list should stay closed. */
export function useSuggestions(
  text: string,
  caret: number,
  wanted: boolean,
  server: SuggestionServer,
): Completion | undefined {
  const [completion, setCompletion] = useState<Completion>();
  const cache = useRef(createCache());
  const latest = useRef(server);
  latest.current = server;

  useEffect(() => {
    cache.current = createCache();
  }, [server.tenant]);

  useEffect(() => {
    const context = wanted ? completionContext(text, caret) : undefined;
    if (!context) {
      setCompletion(undefined);
      return;
    }
    const controller = new AbortController();
    const { client, tenant, range, fields } = latest.current;
    const never = new AbortController().signal;
    const ask = cache.current;
    const load = async () => {
      const seen = fields();
      const names =
        context.kind === 'labelName' || context.kind === 'fieldName'
          ? await ask('names', () => client.labelNames(tenant, range(), never))
          : [];
      let values: readonly string[] = [];
      if (context.kind === 'labelValue') {
        const selector = selectorOf(context.others);
        values = await ask(`${context.name} ${selector}`, () =>
          client.labelValues(tenant, context.name, range(), selector, never),
        );
      } else if (context.kind === 'fieldValue') values = [...(seen.get(context.name) ?? [])].sort();
      if (controller.signal.aborted) return;
      const source = { labelNames: names, values, fields: [...seen.keys()].sort() };
      const suggestions = suggestionsFor(context, source, text);
      setCompletion(suggestions.length > 0 ? { suggestions, context } : undefined);
    };
    // Suggestions are a courtesy: when the server does not answer, there are none.
    load().catch(() => setCompletion(undefined));
    return () => controller.abort();
  }, [text, caret, wanted]);

  return completion;
}
