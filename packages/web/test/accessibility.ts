/** WCAG 2.2 A and AA as far as a machine can tell: axe on the page as it stands. */
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** One line a violation, with the first elements it is about; empty when there is none. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Through the debugger, past the page's content security policy, as a browser extension would come.
  if (!(await page.evaluate('"axe" in window'))) await page.addInitScript({ path: axePath });
  const loaded = await page.evaluate('"axe" in window');
  if (!loaded) {
    const { readFileSync } = await import('node:fs');
    await page.evaluate(readFileSync(axePath, 'utf8'));
  }
  const result = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })`,
  )) as AxeResult;
  return result.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes.length}×)\n${nodes
        .slice(0, 3)
        .map((node) => `    ${node.html.slice(0, 160)}\n    ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`)
        .join('\n')}`,
  );
}
