/**
 * The page in a real browser on the real server, by keyboard wherever a person could. Waits are for what the page shows, never
 * for time to pass.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessibilityProblems } from './accessibility.ts';
import { chromiumPath, type OpenBrowser, openBrowser } from './browser.ts';
import { type RealServer, recentStreams, startRealServer } from './real-server.ts';
import { startTwinServer, type TwinServer } from './twin/twin-server.ts';

if (chromiumPath === undefined) console.log('skipped: needs chromium');

const nowNs = () => BigInt(Date.now()) * 1_000_000n;
const exploreHash = (query: string, more = '') => `#/explore?tenant=aurora&query=${encodeURIComponent(query)}${more}`;

describe('the page in a browser', { skip: chromiumPath === undefined, timeout: 300_000 }, () => {
  let server: RealServer;
  let twin: TwinServer;
  let browser: OpenBrowser;
  let page: Page;

  before(async () => {
    execFileSync(process.execPath, [join(import.meta.dirname, '../build.ts')]);
    [server, twin] = await Promise.all([startRealServer(), startTwinServer()]);
    await server.push('aurora', recentStreams(55, Date.now()));
    await server.push('basalt', [
      { stream: { app: 'only-basalt' }, values: [[String(nowNs()), 'a line of basalt', {}]] },
    ]);
    browser = await openBrowser({ width: 1440, height: 900 });
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), twin?.close()]);
  });

  async function open(hash: string, at: { readonly url: string } = server): Promise<void> {
    await page.goto('about:blank');
    await page.goto(at.url + hash);
  }
  async function openLines(hash = '#/explore?tenant=aurora'): Promise<void> {
    await open(hash);
    await page.waitForSelector('.row');
    await page.waitForSelector('.lines-all[aria-busy="false"]');
  }
  const query = () => page.inputValue('#query');
  const countText = () => page.textContent('.result-count');
  const waitForQuery = (text: string) =>
    page.waitForFunction((wanted) => (document.querySelector('#query') as HTMLTextAreaElement)?.value === wanted, text);
  const waitForText = (selector: string, text: string | RegExp) =>
    page.locator(selector, { hasText: text }).first().waitFor();
  async function typeQuery(text: string): Promise<void> {
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
  }

  test('first lines and volume come without a word typed', async () => {
    await openLines();
    assert.match((await countText())!, /^1,000 of 1,1\d\d lines/);
    assert.equal(await page.locator('.uplot').count(), 1);
    assert.match((await page.textContent('.chips'))!, /error.*warn.*info/);
    assert.deepEqual(browser.complaints, []);
  });

  test('a query is typed, completed and run by keyboard', async () => {
    await openLines();
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('{jo');
    await waitForText('.suggestions', 'job');
    await page.keyboard.press('Tab');
    await waitForText('.suggestions', 'meter-gateway');
    await page.keyboard.type('meter');
    await page.locator('.suggestions > div').nth(0).getByText('meter-gateway').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('} |= "renewed"');
    assert.equal(await query(), '{job="meter-gateway"} |= "renewed"');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('.row')];
      return rows.length > 3 && rows.every((row) => row.textContent?.includes('renewed'));
    });
    assert.equal(await page.locator('mark', { hasText: 'renewed' }).first().isVisible(), true);
    assert.match(page.url(), /renewed/);
    await page.goBack();
    await waitForQuery('{service_name=~".+"}');
  });

  test('a mistake shows under its place in Loki’s words, and nothing is sent', async () => {
    await openLines();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url()));
    await typeQuery('{job="nginx"} | jsn | status >= 500');
    await page.keyboard.press('Control+Enter');
    await waitForText('.editor-error', 'parse error at line 1, col 21: syntax error: unexpected |');
    const [caret, wrong] = await Promise.all([
      page.textContent('.editor-error pre'),
      page.textContent('.editor-mirror .wrong'),
    ]);
    assert.equal(caret!.split('\n')[1], `${' '.repeat(20)}^`);
    assert.equal(wrong, '|');
    assert.equal(await page.getAttribute('#query', 'aria-invalid'), 'true');
    assert.deepEqual(
      sent.filter((url) => url.includes('query_range')),
      [],
    );
    page.removeAllListeners('request');
  });

  test('j, k and Enter walk the lines and open one; a click on a field edits the query through the tree', async () => {
    await openLines(exploreHash('{app="climate-agent"}'));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.equal(await page.getAttribute('.row[data-active="true"]', 'data-row'), '1');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.row[data-row="0"].open .details');
    const region = page.getByRole('button', { name: /^Only region = / });
    const value = (await region.getAttribute('aria-label'))!.split(' = ')[1]!;
    await region.focus();
    await page.keyboard.press('Enter');
    await waitForQuery(`{app="climate-agent", region="${value}"}`);
    await page.waitForSelector('.lines-all[aria-busy="false"]');
    await page.keyboard.press('g');
    await page.keyboard.press('Enter');
    const without = page.getByRole('button', { name: /^Without environment = / }).first();
    await without.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      (document.querySelector('#query') as HTMLTextAreaElement).value.includes('environment'),
    );
    assert.match(await query(), /^\{app="climate-agent", region="[^"]+"\} \| json \| environment_extracted!="\w+"$/);
  });

  test('levels narrow the query and the chips follow it', async () => {
    await openLines();
    await page.getByRole('button', { name: /^error \d+$/ }).click();
    await waitForQuery('{service_name=~".+"} | detected_level="error"');
    await page.getByRole('button', { name: /^warn( \d+)?$/ }).click();
    await waitForQuery('{service_name=~".+"} | detected_level=~"error|warn"');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.row-level')].every((each) => ['error', 'warn'].includes(each.textContent ?? '')),
    );
    await page.getByRole('button', { name: 'All levels' }).click();
    await waitForQuery('{service_name=~".+"}');
  });

  test('a service is picked by keyboard', async () => {
    await openLines();
    await page.locator('#service-button').focus();
    await page.keyboard.press('Enter');
    await waitForText('.picker-option', 'meter-gateway');
    await page.keyboard.type('meter-g');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await waitForQuery('{service_name="meter-gateway"}');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'service-button');
  });

  test('tenants see only their own lines; without one the page asks for it', async () => {
    await open('#/explore?tenant=basalt');
    await waitForText('.row', 'a line of basalt');
    assert.equal(await page.locator('.row').count(), 1);
    await page.locator('#tenant-button').click();
    await page.keyboard.type('aurora');
    await page.keyboard.press('Enter');
    await waitForText('.result-count', '1,000 of');
    assert.equal(await page.getByText('a line of basalt').count(), 0);
  });

  test('an empty range helps: widen with one press', async () => {
    await open(exploreHash('{job="meter-gateway"} |= "renewed"', '&last=1s'));
    await waitForText('.notice', 'No lines in the last second');
    await page.getByRole('button', { name: /^Widen to the last/ }).press('Enter');
    await page.waitForFunction(() => !location.hash.includes('last=1s'));
  });

  test('dragging on the volume zooms in; the same by keyboard', async () => {
    await openLines();
    const plot = (await page.locator('.u-over').boundingBox())!;
    await page.mouse.move(plot.x + plot.width * 0.4, plot.y + 30);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.6, plot.y + 30, { steps: 4 });
    assert.equal(await page.locator('.plot-selection').isVisible(), true);
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes('from='));
    const widthMs = () => {
      const parameters = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
      return Date.parse(parameters.get('to')!) - Date.parse(parameters.get('from')!);
    };
    assert.ok(Math.abs(widthMs() - 720_000) < 60_000, `${widthMs()}`);
    await page.waitForSelector('.lines-all[aria-busy="false"]');
    const before = page.url();
    await page.locator('.plot').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Enter'])
      await page.keyboard.press(key);
    await page.waitForFunction((url) => location.href !== url, before);
    assert.ok(widthMs() < 120_000);
  });

  test('a metric query draws its series and lists them', async () => {
    await open(exploreHash('sum by (service_name) (count_over_time({service_name=~".+"}[5m]))'));
    await waitForText('.table tbody', 'meter-gateway');
    assert.equal(await page.locator('.uplot canvas').count(), 1);
    assert.ok((await page.locator('.table tbody tr').count()) >= 8);
    await page.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.plot-tooltip');
  });

  test('follow shows a pushed line within a second, pauses, resumes and stops', async () => {
    await open('#/explore?tenant=basalt');
    await waitForText('.row', 'a line of basalt');
    await page.keyboard.press('f');
    await waitForText('.follow-bar', 'Following new lines');
    const push = (line: string) =>
      server.push('basalt', [{ stream: { app: 'only-basalt' }, values: [[String(nowNs()), line, {}]] }]);
    const pushedMs = performance.now();
    await push('a followed line');
    await waitForText('.row', 'a followed line');
    const latencyMs = performance.now() - pushedMs;
    console.log(`follow: ${Math.round(latencyMs)} ms from push to screen`);
    await page.keyboard.press('p');
    await push('a line that waits');
    await waitForText('.follow-bar', 'Resume (1 new)');
    assert.equal(await page.getByText('a line that waits').count(), 0);
    await page.keyboard.press('p');
    await waitForText('.row', 'a line that waits');
    await page.keyboard.press('f');
    await page.waitForSelector('.result-bar');
    assert.equal(await page.locator('.row').count(), 3);
  });

  test('a broken tail reconnects and loses nothing', async () => {
    await open('#/explore?tenant=aurora', twin);
    await page.waitForSelector('.row');
    await page.keyboard.press('f');
    await waitForText('.follow-bar', 'Following new lines');
    const tails = () => twin.asked.filter((each) => each.path.endsWith('/tail'));
    const first = tails().at(-1)!;
    assert.equal(first.parameters.get('orgid'), 'aurora');
    await page.waitForFunction(() => Date.now() - Date.parse(document.querySelector('time')?.dateTime ?? '') < 1000);
    twin.cutTails();
    await waitForText('.follow-bar', 'Disconnected');
    await waitForText('.follow-bar', 'Following new lines');
    const second = tails().at(-1)!;
    assert.ok(BigInt(second.parameters.get('start')!) > BigInt(first.parameters.get('start')!));
    await page.keyboard.press('f');
  });

  test('an id is followed through all services', async () => {
    await openLines(exploreHash('{app="climate-agent"} |= "request_id"'));
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Trace request_id / }).press('Enter');
    await page.waitForFunction(() => location.hash.startsWith('#/trace'));
    const id = await page.inputValue('#trace-id');
    assert.match(id, /^req-/);
    await page.waitForSelector('.lane');
    await waitForText('mark', id);
    await page.fill('#trace-id', 'no-such-id-anywhere');
    await page.keyboard.press('Enter');
    await waitForText('.notice', 'No line carries no-such-id-anywhere');
  });

  test('alerts show state, value and labels, and open their query', async () => {
    await open('#/alerts?tenant=aurora');
    await waitForText('.rule.state-firing', 'ErrorsSeen');
    await waitForText('.alert', /climate-agent logged \d+ errors/);
    await waitForText('.rule.state-inactive', 'NothingFromNowhere');
    await waitForText('.tabs .count-badge', /\d+/);
    await page.locator('.rule.state-firing').getByRole('link', { name: 'Open in Explore' }).press('Enter');
    await page.waitForFunction(() =>
      (document.querySelector('#query') as HTMLTextAreaElement)?.value.includes('count_over_time'),
    );
    await page.waitForSelector('.table tbody tr');
  });

  test('a link to a line finds it again', async () => {
    await openLines(exploreHash('{job="meter-gateway"}'));
    for (let i = 0; i < 30; i++) await page.keyboard.press('j');
    const text = await page.textContent('.row[data-active="true"] .row-line');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copy link' }).press('Enter');
    await waitForText('[role="status"]', 'Link to this line copied');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /at=\d{19}/);
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForSelector('.row.target.open');
    assert.equal(await page.textContent('.row.target .row-line'), text);
  });

  test('errors say what to do next, and the button does it', async () => {
    const f = async (tenant: string, title: string) => {
      await open(`#/explore?tenant=${tenant}`, twin);
      await waitForText('.notice.error', title);
    };
    await f('late', 'The query took too long');
    await f('down', 'The server failed (status 500)');
    await f('odd', 'The answer makes no sense to this page');
    await f('busy', 'Too many requests right now');
    await page.getByRole('button', { name: 'Last 15 minutes' }).press('Enter');
    await page.waitForFunction(() => location.hash.includes('last=15m'));
    await open(
      `#/explore?tenant=unparsed&query=${encodeURIComponent('sum(count_over_time({app="a"} | json [5m]))')}`,
      twin,
    );
    await waitForText('.notice.error', 'Some lines could not be parsed');
    await page.getByRole('button', { name: 'Leave such lines out' }).press('Enter');
    await waitForQuery('sum(count_over_time({app="a"} | json | __error__=""[5m]))');
  });

  test('a superseded question is cancelled and its answer never shows', async () => {
    const cancelled: string[] = [];
    page.on('requestfailed', (request) => cancelled.push(request.url()));
    await open('#/explore?tenant=slow', twin);
    await page.waitForSelector('.progress');
    await page.evaluate(() => {
      location.hash = '#/explore?tenant=aurora&query=%7Bjob%3D%22nginx%22%7D';
    });
    await page.waitForSelector('.row');
    assert.ok(cancelled.some((url) => url.includes('query_range')));
    assert.match(await query(), /nginx/);
    page.removeAllListeners('requestfailed');
  });

  test('help, themes and reduced motion', async () => {
    await openLines();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and queries' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys and queries' }).waitFor({ state: 'detached' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await page.getByRole('button', { name: /^Theme/ }).click();
    await page.getByRole('button', { name: /^Theme: light/ }).click();
    assert.notEqual(await ground(), light);
    await page.reload();
    assert.notEqual(await ground(), light);
    await page.getByRole('button', { name: /^Theme: dark/ }).click();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.keyboard.press('f');
    const duration = await page.evaluate(
      () => getComputedStyle(document.querySelector('.follow-dot')!).animationDuration,
    );
    assert.ok(Number.parseFloat(duration) < 0.001, duration);
    await page.keyboard.press('f');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  test('hostile log lines are text', async () => {
    const hostile =
      '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> \u202e\u0007 {"a":"<b>x</b>"}';
    await server.push('basalt', [
      { stream: { app: 'hostile<b>' }, values: [[String(nowNs()), hostile, { k: '<i>v</i>' }]] },
    ]);
    await openLines(`#/explore?tenant=basalt&query=${encodeURIComponent('{app="hostile<b>"}')}`);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await waitForText('.details-line', '⟨U+202E⟩');
    assert.equal(await page.evaluate(() => 'hacked' in window), false);
    assert.equal(await page.locator('.lines img, .lines script, .lines b, .lines i').count(), 0);
  });

  test('5,000 lines scroll smoothly', async () => {
    const values = Array.from({ length: 5000 }, (_, i): [string, string, Record<string, string>] => [
      String(nowNs() - BigInt(i) * 1_000_000n),
      JSON.stringify({
        level: i % 50 === 0 ? 'error' : 'info',
        message: `request ${i} answered`,
        path: `/v1/reports/${i}`,
        duration_ms: i % 977,
        data: { a: i, b: 'x'.repeat(60) },
      }),
      { trace_id: `t${i}` },
    ]);
    await server.push('crowd', [{ stream: { app: 'crowd' }, values }]);
    const startedMs = performance.now();
    await openLines('#/explore?tenant=crowd&limit=5000');
    await waitForText('.result-count', '5,000');
    const loadedMs = performance.now() - startedMs;
    // Processor time, not time on the clock: the machine that runs the tests does other things too.
    const debuggerSession = await browser.context.newCDPSession(page);
    await debuggerSession.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busyMs = async () => {
      const { metrics } = await debuggerSession.send('Performance.getMetrics');
      const seconds = (name: string) => metrics.find((metric) => metric.name === name)!.value;
      return 1000 * (seconds('ScriptDuration') + seconds('LayoutDuration') + seconds('RecalcStyleDuration'));
    };
    const beforeMs = await busyMs();
    const frames = 120;
    const seen = await page.evaluate(async (count) => {
      const list = document.querySelector('.lines')!;
      const end = list.scrollHeight - list.clientHeight;
      let drawnMax = 0;
      let blankFrames = 0;
      for (let frame = 1; frame <= count; frame++) {
        list.scrollTop = (end * frame) / count;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        drawnMax = Math.max(drawnMax, document.querySelectorAll('.row').length);
        const box = list.getBoundingClientRect();
        const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (!middle?.closest('.row, .list-end')) blankFrames++;
      }
      return { drawnMax, blankFrames, heightPx: list.scrollHeight };
    }, frames);
    const frameMs = ((await busyMs()) - beforeMs) / frames;
    console.log(
      `5,000 lines: shown after ${Math.round(loadedMs)} ms; ${frameMs.toFixed(1)} ms of work a frame when every row changes`,
    );
    assert.ok(seen.drawnMax < 120, 'only what stands in the viewport is drawn');
    assert.ok(seen.heightPx > 5000 * 20);
    assert.equal(seen.blankFrames, 0);
    await page.keyboard.press('G');
    await page.waitForSelector('.row[data-row="4999"][data-active="true"]');
  });

  for (const scheme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [1440, 900],
      [360, 800],
    ] as const) {
      test(`accessible and within its width: ${scheme}, ${width} px`, async () => {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme: scheme });
        const check = async (what: string) => {
          // Colours are the same at every width, sizes in every colour: three of the four say it all.
          if (scheme === 'light' || width > 400) assert.deepEqual(await accessibilityProblems(page), [], what);
          // Only what is meant to scroll or to be cut sideways may.
          const tooWide = await page.evaluate(() => {
            const meant =
              '.chips, .result-options, .table-frame, pre, .row-line, .row-service, .row-level, .picker-value, .lane-name, .visually-hidden, .button-text, textarea';
            const cuts = (each: Element) =>
              each === document.documentElement || getComputedStyle(each).overflowX !== 'visible';
            return [...document.querySelectorAll('html, body *')]
              .filter(
                (each) =>
                  each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1 && cuts(each) && !each.closest(meant),
              )
              .map((each) => `${each.tagName} ${each.className} ${each.scrollWidth - each.clientWidth} px`);
          });
          assert.deepEqual(tooWide, [], what);
        };
        await openLines();
        await page.keyboard.press('j');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.details');
        await check('explore');
        await page.keyboard.press('t');
        await page.getByRole('dialog', { name: 'Time range' }).waitFor();
        await check('time range');
        await page.keyboard.press('Escape');
        await typeQuery('{job=}');
        await page.keyboard.press('Escape');
        await page.waitForSelector('.editor-error');
        await check('error');
        await open(exploreHash('sum by (service_name) (rate({service_name=~".+"}[5m]))'));
        await page.waitForSelector('.table tbody tr');
        await check('series');
        await open('#/trace?tenant=aurora&id=cirro-air');
        await page.waitForSelector('.lane');
        await check('trace');
        await open('#/alerts?tenant=aurora');
        await page.waitForSelector('.alert');
        await check('alerts');
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keys and queries' }).waitFor();
        await check('help');
        await open('#/explore?tenant=busy', twin);
        await page.waitForSelector('.notice.error');
        await check('failure');
        await page.setViewportSize({ width: 1440, height: 900 });
      });
    }
  }

  test('nothing complained on the way', () => {
    assert.deepEqual(browser.complaints, []);
  });
});
