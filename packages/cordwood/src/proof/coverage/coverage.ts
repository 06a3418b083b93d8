import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type Block, blockName, parse as parseAlloy } from '@cordwood/alloy';
import { lineAndColumn, parse } from '@cordwood/logql';
import type { LogEntry } from '../../agent/log-entry.ts';
import { readRuleFile } from '../../rules/rule-group.ts';
import { placeInText } from '../../rules/text-place.ts';
import { describeStage } from '../describe-stage.ts';
import type { LoadedTestFile } from '../load-test-file.ts';
import { readPipelineConfig } from '../pipeline-config.ts';
import type { RuleTestObserver } from '../run-rule-test.ts';
import type { Place } from '../yaml-map.ts';
import { type Branch, expressionBranches } from './expression-branches.ts';

/** What tests reached: rules, the branches of their expressions, the stages of pipelines. */
export interface Coverage {
  readonly points: readonly CoveragePoint[];
}

export interface CoveragePoint {
  readonly kind: 'rule' | 'branch' | 'stage';
  readonly place: Place;
  /** What is not so when the point was not reached: `HighErrorRate: > 0.5 never holds`. */
  readonly missing: string;
  readonly reached: boolean;
}

export interface CoverageRecorder {
  readonly observer: RuleTestObserver;
  result(): Coverage;
}

/** Watches the tests of these files while they run. Each branch costs two queries at every evaluation until both ways were gone. */
export function recordCoverage(files: readonly LoadedTestFile[]): CoverageRecorder {
  const rules = ruleCoverage(files);
  const stages = new Map<string, StageCoverage>();
  const stagesOf = (path: string) => {
    let known = stages.get(path);
    known ??= stageCoverage(path);
    stages.set(path, known);
    return known;
  };
  return {
    observer: {
      async evaluated({ file, group }, tenant, evaluation, stack, atMs) {
        for (const [index, { alerts, rule }] of evaluation.rules.entries()) {
          const one = rules.get(JSON.stringify([file, group.name, index]));
          if (one === undefined) continue;
          one.evaluated = true;
          one.gave ||=
            rule.kind === 'alerting'
              ? alerts.some(({ state }) => state === 'firing')
              : evaluation.recorded.some(
                  ({ stale, labels }) => !stale && labels.some(({ value }) => value === rule.name),
                );
          for (const branch of one.branches) {
            if (branch.taken && (branch.left || branch.of.missing.left === undefined)) continue;
            const value = async (text: string) => (await stack.querySamples(tenant, text, atMs))[0]?.value ?? 0;
            const [all, taken] = [await value(branch.of.all), await value(branch.of.taken)];
            branch.taken ||= taken > 0;
            branch.left ||= all > taken;
          }
        }
      },
      stage(path, component, { path: stage, name }, when, entries) {
        stagesOf(path).observe(component, stage, name, when, entries);
      },
    },
    result: () => ({
      points: [...[...rules.values()].flatMap(rulePoints), ...[...stages.values()].flatMap((one) => one.points())],
    }),
  };
}

interface RuleState {
  readonly file: string;
  readonly name: string;
  readonly place: Place;
  readonly branches: BranchState[];
  evaluated: boolean;
  gave: boolean;
}
interface BranchState {
  readonly of: Branch;
  readonly place: Place;
  taken: boolean;
  left: boolean;
}

function ruleCoverage(files: readonly LoadedTestFile[]): Map<string, RuleState> {
  const states = new Map<string, RuleState>();
  for (const file of new Set(files.flatMap(({ groups }) => groups.map((group) => group.file)))) {
    const shown = relative(process.cwd(), file);
    for (const { name, rules } of readRuleFile(readFileSync(file, 'utf8'), shown).groups) {
      for (const [index, raw] of rules.entries()) {
        const { expression } = parse(raw.expr);
        const placeAt = (offset: number) => placeInText(raw.exprPlace, lineAndColumn(raw.expr, offset));
        states.set(JSON.stringify([file, name, index]), {
          file: shown,
          name: raw.alert || raw.record,
          place: { file: shown, ...raw.place },
          branches: (expression === undefined ? [] : expressionBranches(expression)).map((of) => ({
            of,
            place: { file: shown, ...placeAt(of.span.start) },
            taken: false,
            left: false,
          })),
          evaluated: false,
          gave: false,
        });
      }
    }
  }
  return states;
}

function rulePoints({ name, place, branches, evaluated, gave }: RuleState): CoveragePoint[] {
  return [
    { kind: 'rule', place, missing: `${name} is never evaluated`, reached: evaluated },
    { kind: 'rule', place, missing: `${name} never gives anything`, reached: gave },
    ...branches.flatMap(({ of, place: at, taken, left }): CoveragePoint[] => {
      const { taken: never, left: always } = of.missing;
      const about = `${name}: ${of.text}`;
      return [
        { kind: 'branch', place: at, missing: `${about} ${never}`, reached: taken },
        ...(always === undefined
          ? []
          : [{ kind: 'branch', place: at, missing: `${about} ${always}`, reached: left } as const]),
      ];
    }),
  ];
}

interface StageCoverage {
  observe(component: string, path: string, name: string, when: 'before' | 'after', entries: readonly LogEntry[]): void;
  points(): CoveragePoint[];
}

/** Stages by component and path. Those which choose or rewrite have two ways: they act on an entry, or leave it alone. */
function stageCoverage(path: string): StageCoverage {
  const shown = relative(process.cwd(), path);
  const { config } = readPipelineConfig(path, shown, {});
  const { text = '' } = config ?? {};
  const states = new Map<string, StageState>();
  for (const statement of config === undefined ? [] : parseAlloy(config).file.body)
    if (statement.kind === 'block' && blockName(statement) === 'loki.process')
      addStages(statement, `loki.process.${statement.label?.text ?? ''}`, '', states);
  const before = new Map<string, { count: number; lines: readonly string[] }>();
  return {
    observe(component, stagePath, name, when, entries) {
      const key = `${component} ${stagePath}`;
      const state = states.get(key);
      if (state === undefined) return;
      state.reached = true;
      if (when === 'before') {
        // Seen from inside: a stage.match whose stages run has matched.
        const outer = states.get(key.slice(0, Math.max(0, key.lastIndexOf('.'))));
        if (outer !== undefined && stagePath.includes('.')) outer.acted = true;
        before.set(key, {
          count: entries.length,
          lines: name === 'stage.replace' ? entries.map(({ text: line }) => line) : [],
        });
        return;
      }
      const known = before.get(key);
      if (known === undefined) return;
      if (
        name === 'stage.replace'
          ? entries.some(({ text: line }, i) => line !== known.lines[i])
          : entries.length < known.count
      )
        state.acted = true;
    },
    points: () =>
      [...states.values()].flatMap(({ block, reached, acted, component }): CoveragePoint[] => {
        const place = { file: shown, ...lineAndColumn(text, block.start) };
        const about = `${component} ${describeStage(block, text)}`;
        const idle = idleTexts[blockName(block)];
        return [
          { kind: 'stage', place, missing: `${about} is never reached`, reached },
          ...(idle === undefined
            ? []
            : [{ kind: 'stage', place, missing: `${about} ${idle}`, reached: acted } as const]),
        ];
      }),
  };
}

const idleTexts: Readonly<Record<string, string>> = {
  'stage.match': 'never matches',
  'stage.drop': 'drops nothing',
  'stage.replace': 'replaces nothing',
};

interface StageState {
  readonly block: Block;
  readonly component: string;
  reached: boolean;
  acted: boolean;
}

function addStages(outer: Block, component: string, prefix: string, states: Map<string, StageState>): void {
  let index = 0;
  for (const block of outer.body) {
    if (block.kind !== 'block' || !blockName(block).startsWith('stage.')) continue;
    const path = `${prefix}${index++}`;
    states.set(`${component} ${path}`, { block, component, reached: false, acted: false });
    addStages(block, component, `${path}.`, states);
  }
}
