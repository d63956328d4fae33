/** Notices by mail and the safety card in a real browser: accessible, readable on a phone, one sheet of paper. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/model/enrolled-person.ts';
import { cardPage } from '../../src/notify/card-page.ts';
import { compose } from '../../src/notify/compose.ts';
import { context, notice, person } from '../unit/notify/sample-notice.ts';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const found = existsSync(executablePath);
if (!found && process.env.POSTERN_REQUIRE_CHROMIUM) {
  throw new Error(`No Chromium at ${executablePath}. Install it, or set CHROMIUM to its path.`);
}
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!found)(
  `notices in ${found ? 'Chromium' : `Chromium (skipped: none at ${executablePath}, set CHROMIUM)`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    });
    afterAll(async () => browser?.close());

    /** Shows a page at the width of a small phone; axe comes in past the page's policy. */
    async function shown<Result>(html: string, look: (page: Page) => Promise<Result>): Promise<Result> {
      const tab = await browser.newContext({ viewport: { width: 320, height: 640 }, bypassCSP: true });
      try {
        const page = await tab.newPage();
        const requests: string[] = [];
        page.on('request', (request) => requests.push(request.url()));
        await page.setContent(html);
        expect(requests).toEqual([]);
        return await look(page);
      } finally {
        await tab.close();
      }
    }

    async function violations(page: Page): Promise<readonly string[]> {
      await page.evaluate(axeSource);
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      const found: string = await page.evaluate(
        `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => JSON.stringify(violations.map(({ id }) => id)))`,
      );
      return JSON.parse(found);
    }

    it.each(LANGUAGES)('%s: mail and card have no violation and fit a phone', async (language) => {
      const { html = '' } = compose(notice(), person({ language }), context());
      for (const document of [html, card(language)]) {
        const [wrong, width] = await shown(document, async (page) => [
          await violations(page),
          await page.evaluate('document.documentElement.scrollWidth'),
        ]);
        expect(wrong).toEqual([]);
        expect(width).toBe(320);
      }
    });

    it.each(LANGUAGES)('%s: the card is one sheet of paper', async (language) => {
      const pdf = await shown(card(language), (page) => page.pdf({ preferCSSPageSize: true }));
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    });

    it.each(['fa', 'ar', 'he'] as const)(
      '%s: what is left to right stays so, and the rest begins at the right',
      async (language) => {
        const { html = '' } = compose(notice(), person({ language }), context());
        const places: { readonly account: readonly number[]; readonly start: number; readonly end: number } =
          JSON.parse(await shown(html, (page) => page.evaluate(PLACES)));
        expect(places.account).toEqual(places.account.toSorted((a, b) => a - b));
        expect(places.start).toBeGreaterThan(places.end);
      },
    );
  },
);

/** Where the characters of the masked account stand from left to right, and the first and last word of the heading's first line. */
const PLACES = `(() => {
  const left = (node, at) => { const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + 1); return range.getBoundingClientRect().left; };
  const account = [...document.querySelectorAll('bdi')].find((one) => one.textContent.includes('@')).firstChild;
  const word = document.querySelector('h1').firstChild;
  return JSON.stringify({ account: [0, 1, 2, 3, 4].map((at) => left(account, at)), start: left(word, 0), end: left(word, 4) });
})()`;

function card(language: (typeof LANGUAGES)[number]): string {
  return cardPage(
    { id: 'p_1', ...person({ language }) },
    {
      ...context(),
      cardKey: Buffer.alloc(32, 7).toString('base64'),
      smsReplies: true,
      senders: ['notices@desk.example.org', '+15550111'],
      issuedAt: new Date('2026-09-01T12:00:00Z'),
    },
  );
}
