/** The report page in a real browser: accessible, inert to hostile logs, readable from a phone to a wide screen. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHtml } from '../../src/report/html.ts';
import { bigReport, smallReport } from '../unit/report/sample-report.ts';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const found = existsSync(executablePath);
if (!found && process.env.POSTERN_REQUIRE_CHROMIUM) {
  throw new Error(`No Chromium at ${executablePath}. Install it, or set CHROMIUM to its path.`);
}

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const OPTIONS = { now: new Date('2025-09-01T10:00:00Z'), version: '0.0.0' };

interface Opened {
  readonly page: Page;
  /** Console messages, page errors, dialogs and requests other than for the page itself. */
  readonly noise: readonly string[];
  readonly close: () => Promise<void>;
}

describe.skipIf(!found)(
  `the report in ${found ? 'Chromium' : `Chromium (skipped: none at ${executablePath}, set CHROMIUM)`}`,
  () => {
    let browser: Browser;
    const folder = mkdtempSync(join(tmpdir(), 'postern-report-'));
    const files = { small: join(folder, 'small.html'), big: join(folder, 'big.html') };

    beforeAll(async () => {
      writeFileSync(files.small, toHtml(smallReport(), OPTIONS));
      writeFileSync(files.big, toHtml(bigReport(), OPTIONS));
      browser = await chromium.launch({ executablePath, args: ARGS });
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(
      file: string,
      width: number,
      colorScheme: 'light' | 'dark',
      javaScriptEnabled = true,
    ): Promise<Opened> {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
      const page = await context.newPage();
      const noise: string[] = [];
      page.on('console', (message) => noise.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
      page.on('dialog', (dialog) => {
        noise.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      const url = pathToFileURL(file).href;
      page.on('request', (request) => {
        if (request.url() !== url) noise.push(`request: ${request.url()}`);
      });
      await page.goto(url);
      return { page, noise, close: () => context.close() };
    }

    /** Opens everything that is collapsed, so that all of it is looked at. */
    async function unfold(page: Page): Promise<void> {
      await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      // Marks turn while they open; contrast is judged when they rest.
      await page.waitForTimeout(200);
    }

    it.each([
      ['small', 360, 'light'],
      ['small', 1600, 'dark'],
      ['big', 360, 'dark'],
      ['big', 1600, 'light'],
    ] as const)('%s, %d px, %s: no accessibility problem, no sideways scroll, silent', async (name, width, scheme) => {
      const { page, noise, close } = await open(files[name], width, scheme);
      if (name === 'small') await unfold(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      // The policy of the page forbids any script but its own, axe too: it goes into an isolated world.
      const session = await page.context().newCDPSession(page);
      const { frameTree } = await session.send('Page.getFrameTree');
      const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
      await session.send('Runtime.evaluate', { expression: axeSource, contextId: executionContextId });
      const { result } = await session.send('Runtime.evaluate', {
        expression: `axe.run().then(({ violations, passes }) => JSON.stringify({
        violations: violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 150)).join(' | ')),
        passes: passes.length,
      }))`,
        contextId: executionContextId,
        awaitPromise: true,
      });
      const outcome = JSON.parse(String(result.value)) as { violations: string[]; passes: number };
      expect(outcome.violations).toEqual([]);
      expect(outcome.passes).toBeGreaterThan(20);
      expect(noise).toEqual([]);
      await close();
    });

    it('takes hostile names of a log for text', async () => {
      const { page, noise, close } = await open(files.small, 800, 'light');
      await unfold(page);
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(1);
      expect(await page.locator('.compact th[scope=row]').textContent()).toContain(
        '<img src=x onerror=alert(1)><script>',
      );
      expect(noise).toEqual([]);
      await close();
    });

    it('finds a person among thousands', async () => {
      const { page, close } = await open(files.big, 1280, 'light');
      await page.getByLabel('Find a person').fill('ada.300@');
      await expect.poll(() => page.locator('[data-who]:not([hidden])').count()).toBe(1);
      expect(await page.getByRole('status').textContent()).toBe('1 of 2700 findings');
      await page.getByLabel('Find a person').fill('');
      await expect.poll(() => page.locator('[data-who][hidden]').count()).toBe(0);
      await close();
    });

    it('is complete without script, and usable by keyboard', async () => {
      const { page, noise, close } = await open(files.big, 1280, 'light', false);
      expect(await page.getByLabel('Find a person').isVisible()).toBe(false);
      const card = page.locator('.card.attacked').first();
      expect(await card.locator('.timeline').first().isVisible()).toBe(false);
      await card.locator('summary').focus();
      await page.keyboard.press('Enter');
      expect(await card.locator('.timeline').first().isVisible()).toBe(true);
      expect(noise).toEqual([]);
      await close();
    });

    it('opens thousands of findings quickly', async () => {
      const started = performance.now();
      const { close } = await open(files.big, 1280, 'light');
      expect(performance.now() - started).toBeLessThan(10_000);
      await close();
    });
  },
);
