/**
 * `cordwood check`: everything that can be known of a configuration without running it. Loading it parses, evaluates every
 * expression and compiles every regular expression, template, selector and layout; this file adds what is legal and still wrong.
 */
import {
  type Block,
  blockName,
  bodyReferences,
  type Diagnostic,
  deprecatedFunctions,
  diagnosticAt,
  type SourceFile,
  type Span,
  type Statement,
  type Variant,
} from '@cordwood/alloy';
import { formatGoTime, namedLayouts, utcLocation } from '../extract/go-time.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { type Agent, createAgent, parseFiles } from './agent.ts';
import { checkNames } from './check-names.ts';
import type { AgentEnvironment, Stability } from './component.ts';
import { componentDefinitions } from './components/registry.ts';
import { isModuleBlock } from './custom-component.ts';
import { flowEdges } from './graph-mermaid.ts';
import type { LoadedNode, ModuleOwner } from './module.ts';

export interface CheckOptions {
  readonly files: readonly SourceFile[];
  readonly environment: AgentEnvironment;
  readonly stability?: Stability;
}

/** All problems, errors and warnings, in the order of the text. Nothing is started, nothing is read but the files given. */
export function checkFiles(options: CheckOptions): Diagnostic[] {
  const { agent, diagnostics } = createAgent({
    files: options.files,
    dataDirectory: '',
    isDryRun: true,
    clock: new SimulatedClock(0n),
    log: () => {},
    environment: options.environment,
    ...(options.stability ? { stability: options.stability } : {}),
  });
  if (agent === undefined) return diagnostics;
  const modules = modulesOf(agent.nodes());
  const found = [
    ...agent.warnings,
    ...checkUnused(options.files),
    ...checkFlow(agent),
    ...modules.flatMap((nodes) => [...checkDeprecated(nodes), ...checkComponents(nodes), ...checkNames(nodes)]),
  ];
  // Two uses of a declared component are two modules with the same text.
  const unique = new Map(found.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...unique.values()].sort(
    (a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line || a.column - b.column,
  );
}

/** The components of the configuration itself, and those of each module in it. */
function modulesOf(nodes: readonly LoadedNode[]): (readonly LoadedNode[])[] {
  const inner = nodes.flatMap(({ component }) => (component as Partial<ModuleOwner>).modules ?? []);
  return [nodes, ...inner.flatMap((module) => modulesOf(module.nodes()))];
}

/** Components that are declared or imported and never used: what is in them is evaluated by nobody. */
function checkUnused(files: readonly SourceFile[]): Diagnostic[] {
  const { blocks } = parseFiles(files);
  const used = new Set(blocks.flatMap(({ block }) => [...blockNames(block)]));
  return blocks.flatMap(({ block, file }) => {
    const name = blockName(block);
    const label = block.label?.text;
    if (label === undefined || !isModuleBlock(block)) return [];
    const isUsed = name === 'declare' ? used.has(label) : [...used].some((other) => other.startsWith(`${label}.`));
    if (isUsed) return [];
    const span = { start: block.start, end: block.label!.end };
    const hint = 'What is in it is not evaluated, so nobody knows whether it would work.';
    return [warn(file, span, `${name} ${JSON.stringify(label)} is never used`, hint)];
  });
}

function* blockNames(block: Block): Generator<string> {
  yield blockName(block);
  for (const statement of block.body) if (statement.kind === 'block') yield* blockNames(statement);
}

function warn(file: SourceFile, span: Span, message: string, hint: string): Diagnostic {
  return diagnosticAt(file, span, message, { severity: 'warning', hint });
}

/** The place of an attribute (or nested block) by name, else of the block. */
export function placeOf(block: Block, name: string): Span {
  const isNamed = (statement: Statement) =>
    statement.kind === 'attribute' ? statement.name.name === name : blockName(statement) === name;
  return block.body.find(isNamed) ?? { start: block.start, end: block.name.at(-1)!.end };
}

/** Names of the standard library that `alloy validate` fails on. */
function checkDeprecated(nodes: readonly LoadedNode[]): Diagnostic[] {
  return nodes.flatMap(({ node }) =>
    bodyReferences(node.block.body).flatMap(({ names, span }) => {
      const today = names.length === 1 ? deprecatedFunctions.get(names[0]!) : undefined;
      return today === undefined
        ? []
        : [warn(node.file, span, `function "${names[0]}" is deprecated`, `Use ${today}.`)];
    }),
  );
}

const sources = /^(loki\.source\.|otelcol\.receiver\.|prometheus\.scrape$)/;
const takers =
  /^(loki\.(process|relabel|write|echo|secretfilter|enrich)|otelcol\.(processor|exporter)\.|prometheus\.(relabel|remote_write))/;

/** Components that nothing reaches, and entries that go nowhere. */
function checkFlow(agent: Agent): Diagnostic[] {
  const out: Diagnostic[] = [];
  const nodes = agent.nodes();
  const edges = flowEdges(nodes.map(({ node }) => node));
  // What a declared component does inside is its own business: it may be a source.
  const feeds = (name: string) => sources.test(name) || !componentDefinitions.has(name);
  const reached = new Set(nodes.filter(({ node }) => feeds(node.definition.name)).map(({ node }) => node.id));
  for (let size = 0; size < reached.size; ) {
    size = reached.size;
    for (const { from, to } of edges) if (reached.has(from)) reached.add(to);
  }
  for (const { node, arguments: args } of nodes) {
    const { name } = node.definition;
    if (takers.test(name) && !reached.has(node.id) && !exportsOnlyRules(node.id, nodes)) {
      out.push(
        warn(
          node.file,
          node.span,
          `nothing is ever sent to ${node.id}`,
          'No source forwards to it, directly or through others.',
        ),
      );
    }
    const targets = (args as { forward_to?: readonly unknown[] }).forward_to;
    if (targets?.length === 0 && !(name === 'loki.relabel' && exportsOnlyRules(node.id, nodes))) {
      out.push(
        warn(
          node.file,
          placeOf(node.block, 'forward_to'),
          `what reaches ${node.id} goes nowhere`,
          'forward_to is empty.',
        ),
      );
    }
  }
  return out;
}

/** `loki.relabel` with an empty forward_to is the idiom for writing down rules. */
function exportsOnlyRules(id: string, nodes: readonly LoadedNode[]): boolean {
  return nodes.some(({ node }) =>
    bodyReferences(node.block.body).some(({ names }) => names.join('.') === `${id}.rules`),
  );
}

function checkComponents(nodes: readonly LoadedNode[]): Diagnostic[] {
  return nodes.flatMap((loaded) => {
    switch (loaded.node.definition.name) {
      case 'loki.source.file':
        return checkFileSource(loaded);
      case 'loki.write':
        return checkWrite(loaded);
      case 'loki.source.journal':
        return checkJournal(loaded);
      case 'loki.source.syslog':
        return checkSyslog(loaded);
      case 'loki.process':
        return checkStages((loaded.arguments as { stage: readonly Variant[] }).stage, loaded.node.file);
      default:
        return [];
    }
  });
}

function checkFileSource({ node, arguments: args }: LoadedNode): Diagnostic[] {
  const { targets, file_match: match } = args as {
    targets: readonly ReadonlyMap<string, string>[];
    file_match: { enabled: boolean };
  };
  if (match.enabled) return [];
  return targets.flatMap((target) => {
    const path = target.get('__path__') ?? '';
    if (!/[*?[{]/.test(path)) return [];
    const message = `${JSON.stringify(path)} is a pattern, but file_match is not enabled: it is taken for the name of a file`;
    return [
      warn(
        node.file,
        placeOf(node.block, 'targets'),
        message,
        'Add file_match { enabled = true }, or use local.file_match.',
      ),
    ];
  });
}

function checkJournal({ node, arguments: args }: LoadedNode): Diagnostic[] {
  if (!(args as { labels: ReadonlyMap<string, string> }).labels.has('job')) return [];
  const message = `the label job is overwritten: it is always ${JSON.stringify(node.id)}`;
  const hint = 'Set it in a rule of relabel_rules: replacement and target_label = "job".';
  return [warn(node.file, placeOf(node.block, 'labels'), message, hint)];
}

function checkSyslog({ node, arguments: args }: LoadedNode): Diagnostic[] {
  const { listener } = args as {
    listener: readonly {
      syslog_format: string;
      use_incoming_timestamp: boolean;
      rfc3164_default_to_current_year: boolean;
    }[];
  };
  const blocks = blocksOf(node.block, 'listener');
  return listener.flatMap((given, i) => {
    const { syslog_format: format, use_incoming_timestamp: incoming, rfc3164_default_to_current_year: year } = given;
    if (format !== 'rfc3164' || !incoming || year) return [];
    const message = 'times of RFC 3164 have no year: Alloy sends the year 0, which Loki refuses';
    const place = placeOf(blocks[i] ?? node.block, 'use_incoming_timestamp');
    return [warn(node.file, place, message, 'Add rfc3164_default_to_current_year = true.')];
  });
}

function blocksOf(block: Block, name: string): Block[] {
  return block.body.filter(
    (statement): statement is Block => statement.kind === 'block' && blockName(statement) === name,
  );
}

function checkWrite({ node, arguments: args }: LoadedNode): Diagnostic[] {
  const { endpoint } = args as { endpoint: readonly { headers: ReadonlyMap<string, string>; tenant_id: string }[] };
  const blocks = blocksOf(node.block, 'endpoint');
  return endpoint.flatMap(({ headers, tenant_id: tenant }, i) => {
    const fixed = [...headers.keys()].some((name) => name.toLowerCase() === 'x-scope-orgid');
    if (!fixed || tenant === '') return [];
    const message = 'the header X-Scope-OrgID is replaced by the tenant of the batch';
    return [warn(node.file, placeOf(blocks[i] ?? node.block, 'headers'), message, 'Remove the header, or tenant_id.')];
  });
}

/** Stages that do not do what they seem to. */
function checkStages(stages: readonly Variant[], file: SourceFile): Diagnostic[] {
  return stages.flatMap((stage): Diagnostic[] => {
    switch (stage.name) {
      case 'match':
        return checkStages((stage.arguments as { stage: readonly Variant[] }).stage, file);
      case 'timestamp': {
        const { format, fallback_formats: fallbacks } = stage.arguments as {
          format: string;
          fallback_formats: readonly string[];
        };
        return [format, ...fallbacks].flatMap((layout) => checkLayout(layout, file, placeOf(stage.block, 'format')));
      }
      case 'replace': {
        const { expression } = stage.arguments as { expression: { groupNames: readonly string[] } };
        if (expression.groupNames.length > 1) return [];
        const place = placeOf(stage.block, 'expression');
        return [
          warn(
            file,
            place,
            'the expression has no group, so nothing is ever replaced',
            'Put what is to be replaced in parentheses.',
          ),
        ];
      }
      default:
        return [];
    }
  });
}

/** Two times that differ in every part; a layout that prints both alike has no parts. */
const [someTime, otherTime] = [Date.UTC(2001, 1, 3, 4, 5, 6), Date.UTC(2012, 10, 14, 15, 16, 17)].map(
  (ms) => BigInt(ms) * 1_000_000n,
) as [bigint, bigint];

function checkLayout(layout: string, file: SourceFile, span: Span): Diagnostic[] {
  if (/^(Unix|UnixMs|UnixUs|UnixNs)$/.test(layout) || namedLayouts.has(layout)) return [];
  const text = JSON.stringify(layout);
  if (/(^|[^0-9])0?3:04/.test(layout) && !/PM|pm/.test(layout))
    return [warn(file, span, `${text} reads hours from 1 to 12 only`, 'Write 15 for the hour, or add PM.')];
  const zone = utcLocation.zoneAt(0);
  if (formatGoTime(someTime, zone, layout) !== formatGoTime(otherTime, zone, layout)) return [];
  const hint = 'A layout is the time Mon Jan 2 15:04:05 2006 as your logs would write it, such as 2006-01-02 15:04:05.';
  return [warn(file, span, `${text} has no part of a time in it`, hint)];
}
