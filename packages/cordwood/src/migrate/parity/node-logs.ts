/** The logs of a node in a folder that stands for `/`: the same bytes for both sides of a comparison. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type JournalEntry, parseJournalEntry } from '../../agent/journal/journal-entry.ts';
import type { Pod } from '../../agent/kubernetes/pod-targets.ts';
import type { Target } from '../../agent/target.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';

export interface NodeLogs {
  /** The folder; `/var/log/x` of the node is `<root>/var/log/x`. */
  readonly root: string;
  /** From `pods.yaml` (or `.json`) as `kubectl get pods -o yaml` writes it, else from the names under /var/log/pods. */
  readonly pods: readonly Pod[];
  /**
   * From `targets.yaml`: what discoveries that the agent does not run would find, by the id of their component
   * (`discovery.docker.web: [{__meta_docker_container_name: /web}]`).
   */
  readonly targets: Readonly<Record<string, readonly Target[]>>;
  /** From `journal.jsonl` as `journalctl -o json` writes it. */
  readonly journal: readonly JournalEntry[];
}

const podsFiles = ['pods.yaml', 'pods.yml', 'pods.json'];

export function readNodeLogs(root: string): { logs: NodeLogs } | { diagnostic: Diagnostic } {
  const file = podsFiles.map((name) => join(root, name)).find((path) => existsSync(path));
  const pods = file === undefined ? { pods: podsOfFolder(root) } : readPods(file);
  if ('diagnostic' in pods) return pods;
  const journal = readJournal(join(root, 'journal.jsonl'));
  if ('diagnostic' in journal) return journal;
  const targets = readTargets(join(root, 'targets.yaml'));
  if ('diagnostic' in targets) return targets;
  return { logs: { root, ...pods, ...journal, ...targets } };
}

function readTargets(file: string): { targets: NodeLogs['targets'] } | { diagnostic: Diagnostic } {
  if (!existsSync(file)) return { targets: {} };
  const problem = (message: string) => {
    const hint = 'component id: list of mappings of labels';
    return { diagnostic: { severity: 'error' as const, message, file, line: 1, column: 1, hint } };
  };
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    return problem((error as Error).message.split('\n')[0]!);
  }
  const targets: Record<string, readonly Target[]> = {};
  for (const [id, list] of Object.entries((document ?? {}) as Record<string, unknown>)) {
    if (!Array.isArray(list)) return problem(`${id} has no list of targets`);
    targets[id] = list.map(
      (labels) => new Map(Object.entries(labels ?? {}).map(([name, value]) => [name, String(value)])),
    );
  }
  return { targets };
}

function readPods(file: string): { pods: readonly Pod[] } | { diagnostic: Diagnostic } {
  const problem = (message: string) => ({
    diagnostic: { severity: 'error' as const, message, file, line: 1, column: 1, hint: 'kubectl get pods -A -o yaml' },
  });
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    return problem((error as Error).message.split('\n')[0]!);
  }
  const items = (document as { items?: unknown } | null)?.items;
  if (!Array.isArray(items)) return problem('there is no list of pods under items');
  const broken = items.findIndex((item) => !isPod(item));
  if (broken >= 0) return problem(`items[${broken}] has no metadata.name, metadata.namespace or metadata.uid`);
  return { pods: items.map((pod: Pod) => ({ ...pod, status: { podIP: '10.0.0.1', ...pod.status } })) };
}

function isPod(item: unknown): item is Pod {
  const { metadata, spec } = (item ?? {}) as Partial<Pod>;
  const named = [metadata?.name, metadata?.namespace, metadata?.uid].every((text) => typeof text === 'string');
  return named && typeof spec === 'object' && spec !== null;
}

/** `<namespace>_<pod>_<uid>/<container>`: all that the kubelet's names tell. */
function podsOfFolder(root: string): Pod[] {
  const folders = globSync('var/log/pods/*/*', { cwd: root }).sort();
  const containers = new Map<string, string[]>();
  for (const folder of folders) {
    const [, pod, container] = /([^/]+)\/([^/]+)$/.exec(folder)!;
    containers.set(pod!, [...(containers.get(pod!) ?? []), container!]);
  }
  return [...containers].flatMap(([folder, names]) => {
    const [, namespace, name, uid] = /^([^_]+)_(.+)_([^_]+)$/.exec(folder) ?? [];
    if (namespace === undefined || name === undefined || uid === undefined) return [];
    const spec = { containers: names.map((container) => ({ name: container })) };
    return [{ metadata: { namespace, name, uid }, spec, status: { podIP: '10.0.0.1' } }];
  });
}

function readJournal(file: string): { journal: readonly JournalEntry[] } | { diagnostic: Diagnostic } {
  if (!existsSync(file)) return { journal: [] };
  const journal: JournalEntry[] = [];
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const entry = parseJournalEntry(line);
    if (entry === undefined) {
      const message = 'this is no journal entry: it needs __CURSOR and __REALTIME_TIMESTAMP';
      return { diagnostic: { severity: 'error', message, file, line: i + 1, column: 1, hint: 'journalctl -o json' } };
    }
    journal.push(entry);
  }
  return { journal };
}
