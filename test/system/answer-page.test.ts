/** The answer page in a real browser: every view in every language, accessible, on a small phone, without script or mouse. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnswerPage } from '../../src/live/answer-page.ts';
import { LANGUAGES, type Language } from '../../src/model/enrolled-person.ts';
import { cardPair, personCardKey } from '../../src/notify/card.ts';
import { catalog } from '../../src/notify/catalogs.ts';
import { createWorld, MINUTE_MS, SENDERS, type World } from '../unit/live/notices/world.ts';
import { breakIn, KEY, PHONE, PRIVATE, person } from '../unit/notify/plan-situation.ts';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const found = existsSync(executablePath);
if (!found && process.env.POSTERN_REQUIRE_CHROMIUM) {
  throw new Error(`No Chromium at ${executablePath}. Install it, or set CHROMIUM to its path.`);
}
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOUR_MS = 60 * MINUTE_MS;
const pair = (number: number) => cardPair(personCardKey(KEY, 'p_jane'), number);

describe.skipIf(!found)(
  `the answer page in ${found ? 'Chromium' : `Chromium (skipped: none at ${executablePath}, set CHROMIUM)`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    });
    afterAll(async () => browser?.close());

    /** Opens the page of a person who was told of a break-in; whatever the policy forbids or a script says is a failure. */
    async function visited(
      language: Language,
      options: BrowserContextOptions,
      visit: (page: Page, site: Site) => Promise<void>,
    ): Promise<void> {
      const site = await startSite();
      const tab = await browser.newContext({ viewport: { width: 320, height: 640 }, ...options });
      try {
        const page = await tab.newPage();
        page.setDefaultTimeout(10_000);
        const said: string[] = [];
        const asked: string[] = [];
        page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
        page.on('pageerror', (error) => said.push(String(error)));
        page.on('request', (request) => asked.push(new URL(request.url()).origin));
        await page.goto(`${site.url}?lang=${language}`);
        await visit(page, site);
        // 4xx replies are on purpose; anything else that the browser complains of is not.
        expect(said.filter((text) => !/status of (413|422|429|503)/.test(text))).toEqual([]);
        expect(new Set(asked)).toEqual(new Set([new URL(site.url).origin]));
      } finally {
        await tab.close();
        await site.close();
      }
    }

    it.each(LANGUAGES)('%s: no view has a violation, or is wider than a phone, in light and dark', async (language) => {
      const words = catalog(language).page;
      const seen: string[] = [];
      // Colors are the same in every language.
      const schemes = language === 'en' || language === 'fa' ? (['light', 'dark'] as const) : (['light'] as const);
      await visited(language, {}, async (page, { world, reference }) => {
        const look = async (name: string, text: string) => {
          seen.push(name);
          expect(await page.textContent('main')).toContain(text);
          for (const width of [360, 320]) {
            await page.setViewportSize({ width, height: 640 });
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
          }
          for (const colorScheme of schemes) {
            await page.emulateMedia({ colorScheme });
            expect({ name, colorScheme, wrong: await violations(page) }).toEqual({ name, colorScheme, wrong: [] });
          }
        };
        const type = async (typed: string, pairWords: string) => {
          await page.fill('#reference', typed);
          await page.fill('#words', pairWords);
          await page.click('button');
        };
        await look('form', words.intro);
        await type('K7Q4', '');
        await look('errors', words.errors.wordsMissing);
        await type('BBBB-BBBB', 'amber kite');
        await look('no match', words.errors.noMatch);
        await type(reference, pair(1));
        await look('confirm', words.confirm.question);
        await page.click('button');
        await look('nothing chosen', words.errors.choiceMissing);
        await page.check('#me');
        await page.click('button');
        await look('challenge', words.challenge.title);
        await page.fill('#pair', pair(2));
        await page.click('button');
        await look('closed', words.challenge.closed);
        await page.goto(page.url());
        await type(reference, pair(1));
        await page.check('#not-me');
        await page.click('button');
        await look('not me', words.done.notMe.title);
        await page.goto(page.url());
        for (let n = 0; n < 10; n++) await type(reference, 'wrong words');
        await look('too many', words.errors.tooMany);
        await world.pass(2 * HOUR_MS);
        world.breakTables();
        await type(reference, pair(1));
        await look('failed', words.errors.failed);
      });
      expect(seen).toHaveLength(10);
    });

    it.each(['en', 'fa'] as const)('%s: works without script, with the keyboard alone', async (language) => {
      await visited(language, { javaScriptEnabled: false }, async (page, { world, reference }) => {
        const keys = page.keyboard;
        await keys.press('Tab');
        await keys.type('K7Q4');
        await keys.press('Enter');
        // The summary of what is wrong has the focus, and leads to the field.
        await page.waitForSelector('.wrong:focus');
        await keys.press('Tab');
        await keys.press('Enter');
        await page.waitForSelector('#reference:target');
        await keys.press('Control+A');
        await keys.type(reference.toLowerCase());
        await keys.press('Tab');
        await keys.type(pair(1));
        await keys.press('Enter');
        await page.waitForSelector('#not-me');
        await keys.press('Tab');
        await keys.press('Space');
        expect(await page.isChecked('#not-me')).toBe(true);
        await keys.press('Tab');
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
        await keys.press('Enter');
        await page.waitForSelector('.desk');
        expect(await page.textContent('h1')).toBe(catalog(language).page.done.notMe.title);
        await world.settle();
        expect((await world.tasks()).map(({ kind }) => kind)).toContain('not-me');
      });
    });

    it('what is typed and what is pressed is large enough to hit, and text can be twice as large', async () => {
      await visited('en', {}, async (page) => {
        const sizes: { readonly height: number; readonly font: number }[] = JSON.parse(await page.evaluate(SIZES));
        for (const { height, font } of sizes) {
          expect(height).toBeGreaterThanOrEqual(44);
          // Smaller, and a phone zooms in when it is touched.
          expect(font).toBeGreaterThanOrEqual(16);
        }
        expect(sizes).toHaveLength(3);
        await page.evaluate("document.documentElement.style.fontSize = '200%'");
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      });
    });

    it('a field reads from left to right on a page that reads from right to left', async () => {
      await visited('fa', {}, async (page) => {
        expect(await page.evaluate("getComputedStyle(document.querySelector('#words')).direction")).toBe('ltr');
        expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).direction")).toBe('rtl');
      });
    });
  },
);

const SIZES = `JSON.stringify([...document.querySelectorAll('input[type=text],button')].map((one) => ({
  height: one.getBoundingClientRect().height, font: parseFloat(getComputedStyle(one).fontSize) })))`;

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const wrong: string = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => JSON.stringify(violations.map(({ id }) => id)))`,
  );
  return JSON.parse(wrong);
}

interface Site {
  readonly url: string;
  readonly world: World & { readonly breakTables: () => void };
  readonly reference: string;
  readonly close: () => Promise<void>;
}

/** The page over HTTP, with somebody who was told of a break-in. */
async function startSite(): Promise<Site> {
  const world = await createWorld({
    people: [person({ channels: [PHONE, PRIVATE] })],
    senders: SENDERS,
    settings: { POSTERN_DRAFT_LANGUAGES: LANGUAGES.filter((language) => language !== 'en').join(',') },
  });
  await world.found(breakIn());
  await world.settle();
  let isBroken = false;
  const rows: typeof world.ports.rows = {
    ...world.ports.rows,
    get: (...key) => (isBroken ? Promise.reject(new Error('the tables are gone')) : world.ports.rows.get(...key)),
  };
  const answer = createAnswerPage({ ...world.ports, rows });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer({
        method: request.method ?? 'GET',
        url: url.href,
        headers: { get: (name) => request.headers[name.toLowerCase()]?.toString() ?? null },
        query: url.searchParams,
        params: {},
        text: async () => Buffer.concat(chunks).toString(),
      }).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
    });
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/answers`,
    world: {
      ...world,
      breakTables: () => {
        isBroken = true;
      },
    },
    reference: (await world.told()).tellings[0]?.reference ?? '',
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
