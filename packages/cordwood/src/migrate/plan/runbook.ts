/** A runbook as data: what is done, how one sees that it worked, how one goes back, what to watch meanwhile. */
export interface Runbook {
  readonly title: string;
  readonly introduction: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly phases: readonly Phase[];
}

export interface Phase {
  readonly title: string;
  /** What is true when it is over. */
  readonly goal: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly title: string;
  readonly why?: string;
  /** Shell commands, or the change of a file when `file` names one. */
  readonly commands: readonly string[];
  readonly file?: { readonly name: string; readonly language: string; readonly text: string };
  readonly checks: readonly Check[];
  readonly rollback: readonly string[];
  readonly watch: readonly string[];
}

export interface Check {
  readonly command: string;
  /** What it has to show before anybody goes on. */
  readonly expect: string;
}

export function printRunbook({ title, introduction, facts, phases }: Runbook): string {
  const table = facts.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
  const body = phases.map((phase, index) => printPhase(phase, index + 1)).join('\n');
  return `# ${title}\n\n${introduction}\n\n| | |\n|---|---|\n${table}\n\n${body}`;
}

function printPhase({ title, goal, steps }: Phase, number: number): string {
  const parts = steps.map((step, index) => printStep(step, `${number}.${index + 1}`));
  return `## Phase ${number}: ${title}\n\nDone when: ${goal}\n\n${parts.join('\n')}`;
}

function printStep(step: Step, number: string): string {
  const parts = [`### ${number} ${step.title}`];
  if (step.why !== undefined) parts.push(step.why);
  if (step.file !== undefined) parts.push(`In \`${step.file.name}\`:\n\n${fence(step.file.language, step.file.text)}`);
  if (step.commands.length > 0) parts.push(fence('sh', step.commands.join('\n')));
  if (step.checks.length > 0)
    parts.push(
      `Check:\n\n${step.checks.map(({ command, expect }) => `${fence('sh', command)}\n\n→ ${expect}`).join('\n\n')}`,
    );
  if (step.rollback.length > 0) parts.push(`Rollback:\n\n${fence('sh', step.rollback.join('\n'))}`);
  if (step.watch.length > 0) parts.push(`Watch:\n\n${step.watch.map((text) => `- ${text}`).join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
