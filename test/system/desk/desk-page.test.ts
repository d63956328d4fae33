/** The desk page in a real browser: accessible, inert to hostile logs, honest about sessions, other officers and revisions. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import { createDeskWorld, type DeskWorld, SEEING } from '../../unit/live/desk/desk-world.ts';
import { ago, breakIn, channel, contactChange, finding, person, signal } from '../../unit/notify/plan-situation.ts';
import { type DeskServer, startDesk } from './desk-server.ts';

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
const HOUR_MS = 3600_000;
const ADA = 'key-of-ada-0123456789';
const BEN = 'key-of-ben-0123456789';
const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'\u202egnp.exe`;

const PEOPLE = [
  person(),
  person({
    id: 'p_omar',
    name: 'عمر حداد',
    accounts: [{ kind: 'work', id: '0a0a0a0a-0000-4000-8000-000000000002', upn: 'omar@example.org' }],
    channels: [channel('c_omar', '+15550102')],
    language: 'ar',
  }),
  person({
    id: 'p_eve',
    name: HOSTILE,
    accounts: [{ kind: 'work', upn: 'eve@example.org' }],
    channels: [],
  }),
];

/** Two break-ins, of which one cannot be told, an attack, and thirty looks at recovery options. */
async function fill(world: DeskWorld): Promise<void> {
  const place = { ip: '203.0.113.9', network: '203.0.113.0/24', country: 'NL', client: 'windows/edge' };
  await world.found(
    breakIn({ evidence: [signal(place), signal({ ...place, recordId: 'r2', at: ago(HOUR_MS), flow: 'f2' })] }),
  );
  const hostile = signal({
    person: 'p_eve',
    account: 'eve@example.org',
    client: HOSTILE,
    story: `the app ${HOSTILE} was allowed`,
  });
  await world.found(breakIn({ id: 'f_eve', person: 'p_eve', evidence: [hostile], changes: [HOSTILE] }));
  const omar = signal({ person: 'p_omar', account: 'omar@example.org', at: ago(50 * HOUR_MS) });
  await world.found(contactChange({ id: 'f_omar', person: 'p_omar', evidence: [omar] }));
  for (let n = 0; n < 30; n++) await world.found(look(n));
  await world.settle();
  world.setWatch({
    ...SEEING,
    gaps: [{ source: 'sign-ins', why: 'permission', since: ago(70 * HOUR_MS) }],
    rules: [
      {
        name: 'new-place',
        title: 'New place',
        state: 'blind',
        why: 'Graph refuses sign ins. Grant AuditLog.Read.All.',
        hits: 0,
      },
    ],
  });
}

function look(n: number): Finding {
  const evidence = [signal({ recordId: `l${n}`, at: ago((n + 3) * 5 * HOUR_MS), flow: `l${n}` })];
  return finding({ id: `f_look_${n}`, evidence });
}

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console messages, errors, dialogs, requests to elsewhere. */
  readonly noise: string[];
}

describe.skipIf(!found)(
  `the desk in ${found ? 'Chromium' : `Chromium (skipped: none at ${executablePath}, set CHROMIUM)`}`,
  () => {
    let browser: Browser;
    let world: DeskWorld;
    let server: DeskServer;

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ARGS });
    });
    afterAll(() => browser?.close());
    beforeEach(async () => {
      world = await createDeskWorld({ people: PEOPLE, settings: { POSTERN_DESK_ACTIONS: 'on' } });
      await fill(world);
      server = await startDesk(world.portsOf);
      server.keys.set(ADA, 'o_ada').set(BEN, 'o_ben');
    });
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
      await server.close();
    });

    async function open({
      width = 1280,
      scheme = 'light',
      key = ADA,
    }: {
      width?: number;
      scheme?: 'light' | 'dark';
      key?: string;
    } = {}): Promise<Opened> {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
      const page = await context.newPage();
      const noise: string[] = [];
      page.on('console', (message) => noise.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
      page.on('dialog', (dialog) => {
        noise.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url)) noise.push(`request: ${request.url()}`);
      });
      await page.goto(`${server.url}?code=${key}`);
      await page.locator('#broken li').first().waitFor();
      return { page, context, noise };
    }

    /** Violations of axe, which runs in a world of its own: the page's policy lets no foreign script in. */
    async function violations(page: Page): Promise<{ violations: string[]; passes: number }> {
      const session = await page.context().newCDPSession(page);
      const { frameTree } = await session.send('Page.getFrameTree');
      const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
      await session.send('Runtime.evaluate', { expression: axeSource, contextId: executionContextId });
      const { result } = await session.send('Runtime.evaluate', {
        expression: `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations, passes }) => JSON.stringify({
          violations: violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 150) + ' ' + node.failureSummary).join(' | ')),
          passes: passes.length,
        }))`,
        contextId: executionContextId,
        awaitPromise: true,
      });
      return JSON.parse(String(result.value)) as { violations: string[]; passes: number };
    }

    const card = (page: Page, name: string) => page.locator('#broken li', { hasText: name });

    it.each([
      [360, 'light'],
      [360, 'dark'],
      [1600, 'light'],
      [1600, 'dark'],
    ] as const)(
      '%d px, %s: no accessibility problem on the page and in its dialogs, no sideways scroll, silent',
      async (width, scheme) => {
        const { page, noise } = await open({ width, scheme });
        await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const first = await violations(page);
        expect(first.violations).toEqual([]);
        expect(first.passes).toBeGreaterThan(25);
        await card(page, 'Jane Doe').getByRole('button').click();
        await page.locator('#detail h3').first().waitFor();
        expect((await violations(page)).violations).toEqual([]);
        await page.getByRole('button', { name: 'The person is on the phone' }).click();
        expect((await violations(page)).violations).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(noise).toEqual([]);
      },
    );

    it('says on the first screen who was broken into, who must be called, who was reached and what is blind', async () => {
      for (const width of [360, 1600]) {
        const { page, context } = await open({ width });
        const isSeen = async (selector: string, text: string) => {
          const box = await page.locator(selector, { hasText: text }).first().boundingBox();
          return box !== null && box.y < 900;
        };
        expect(await isSeen('#blind li', 'Sign-in since 20 Nov')).toBe(true);
        expect(await isSeen('#broken li', 'Jane Doe')).toBe(true);
        expect(await isSeen('#broken .reach', 'Sent, not known to have arrived')).toBe(true);
        expect(await isSeen('#broken .reach', 'Nobody told')).toBe(true);
        expect(await isSeen('#broken .call', 'To be called')).toBe(true);
        expect(await isSeen('#tasks .kind', 'Reach this person by voice')).toBe(true);
        await context.close();
      }
    });

    it('keeps the key out of the address, and out of reach of scripts', async () => {
      const { page, context } = await open();
      expect(page.url()).toBe(server.url);
      expect(await page.evaluate('document.cookie')).toBe('');
      const [cookie] = await context.cookies(server.url);
      expect(cookie).toMatchObject({ name: 'postern-key', httpOnly: true, sameSite: 'Strict', path: '/api/desk' });
    });

    it('takes hostile names of a log for text', async () => {
      const { page, noise } = await open();
      const shown = HOSTILE.replace('\u202e', '\ufffd');
      expect(await card(page, 'onerror').locator('strong').textContent()).toBe(shown);
      await card(page, 'onerror').getByRole('button').click();
      await page.locator('#detail h3').first().waitFor();
      expect(await page.locator('#detail .story').textContent()).toContain(`the app ${shown} was allowed`);
      expect(await page.locator('#detail img, #detail script, main img, main script').count()).toBe(0);
      expect(noise).toEqual([]);
    });

    it('acknowledges, closes with a reason and opens again, by keyboard alone', async () => {
      const { page, noise } = await open();
      await card(page, 'Jane Doe').getByRole('button').focus();
      await page.keyboard.press('Enter');
      // The list behind the dialog has such buttons, too, and the detail comes a moment later.
      await page.locator('#detail').getByRole('button', { name: 'I take it' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('#detail-said').textContent()).toContain('Acknowledged');
      await page.getByRole('button', { name: 'Close the case …' }).focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Reason').focus();
      await page.keyboard.press('ArrowDown');
      await page.getByLabel('Note').fill('called them');
      await page.getByRole('button', { name: 'Close it' }).focus();
      await page.keyboard.press('Enter');
      await expect
        .poll(() => page.locator('#detail').textContent())
        .toContain('Closed: Handed over to somebody else, by you');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('#broken li').count()).toBe(1);
      expect(await page.locator('#detail').getAttribute('open')).toBeNull();
      await expect.poll(() => page.locator('#trail').textContent()).toContain('finding closed, by you');
      expect(noise).toEqual([]);
    });

    it('ends sessions only after a confirm step', async () => {
      const { page } = await open();
      await card(page, 'Jane Doe').getByRole('button').click();
      const revoke = page.getByRole('button', { name: 'End sessions, require new password' });
      await revoke.click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await revoke.click();
      // Without the check mark the form does not go.
      await page.getByRole('button', { name: 'End sessions and require a new password' }).click();
      expect(await page.locator('#ask').getAttribute('open')).toBe('');
      expect(world.calls).toEqual([]);
      await page.getByLabel('I want this for Jane Doe').check();
      await page.getByRole('button', { name: 'End sessions and require a new password' }).click();
      await expect.poll(() => page.locator('#detail-said').textContent()).toContain('✓ jane@example.org: new password');
      expect(world.calls.length).toBe(2);
    });

    it('tells an officer what another one has decided meanwhile', async () => {
      const ada = await open();
      const ben = await open({ key: BEN });
      for (const { page } of [ada, ben]) {
        await card(page, 'Jane Doe').getByRole('button').click();
        await page.locator('#detail h3').first().waitFor();
      }
      // Ada's page must not hear of it by itself first.
      await ada.page.route('**/api/state*', (route) => route.abort());
      await ben.page.locator('#detail').getByRole('button', { name: 'I take it' }).click();
      await expect.poll(() => ben.page.locator('#detail-said').textContent()).toContain('Acknowledged');
      await ada.page.locator('#detail').getByRole('button', { name: 'I take it' }).click();
      await expect
        .poll(() => ada.page.locator('#detail-said').textContent())
        .toContain('This has changed since you saw it. Nothing was done.');
      expect(await ada.page.locator('#detail-said').textContent()).toContain('It is acknowledged, by officer o_ben');
      expect(await ada.page.locator('#detail').textContent()).toContain('Being worked on, by o_ben');
    });

    it('shows a finding that is revised while it is open, and does not close the old one', async () => {
      const { page } = await open();
      await page.locator('#findings li', { hasText: 'حداد' }).getByRole('button').click();
      await page.locator('#detail h3').first().waitFor();
      await page.getByRole('button', { name: 'Close the case …' }).click();
      const omar = signal({ person: 'p_omar', account: 'omar@example.org', at: ago(50 * HOUR_MS) });
      await world.found(breakIn({ id: 'f_omar', person: 'p_omar', revision: 'v2', evidence: [omar] }));
      await world.settle();
      await page.getByRole('button', { name: 'Close it' }).click();
      await expect.poll(() => page.locator('#detail').textContent()).toContain('Somebody got in');
      expect(await page.locator('#detail').textContent()).toContain('Nobody on it yet');
      await expect.poll(() => page.locator('#broken li').count(), { timeout: 10_000 }).toBe(3);
      expect(await page.locator('#news').textContent()).toContain('1 more account broken into');
    });

    it('says so when the session has ended, keeps what is shown, and goes on when it is back', async () => {
      const { page } = await open();
      server.keys.delete(ADA);
      await expect
        .poll(() => page.locator('#ended').textContent(), { timeout: 10_000 })
        .toContain('Your session has ended');
      expect(await card(page, 'Jane Doe').isVisible()).toBe(true);
      await card(page, 'Jane Doe').getByRole('button').click();
      await expect.poll(() => page.locator('#detail').textContent()).toContain('Your session has ended');
      server.keys.set(ADA, 'o_ada');
      await expect.poll(() => page.locator('#ended').isVisible(), { timeout: 10_000 }).toBe(false);
    });

    it('a stolen key lets no other site act: neither a form nor a script with the cookie', async () => {
      const { context } = await open();
      const { finding: listed } = await world.detail('o_ada', 'f_1');
      const action = JSON.stringify({ action: 'acknowledge', person: 'p_jane', finding: 'f_1', tag: listed.tag });
      // Another port of the same machine is another origin of the same site: even the strictest cookie is sent along.
      const other = createServer((_, response) => response.end('<p>another site</p>'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const evil = await context.newPage();
      await evil.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      const before = server.calls.length;
      const outcome = await evil.evaluate(
        async ([url, body]) => {
          const tries = [
            { method: 'POST', body, mode: 'no-cors' as const, credentials: 'include' as const },
            {
              method: 'POST',
              body,
              headers: { 'content-type': 'application/json', 'x-postern-desk': '1' },
              credentials: 'include' as const,
            },
          ];
          const results = [];
          for (const options of tries)
            results.push(
              await fetch(`${url}/api/actions`, options).then(
                ({ type }) => type,
                () => 'refused',
              ),
            );
          return results;
        },
        [server.url, action] as const,
      );
      expect(outcome).toEqual(['opaque', 'refused']);
      // The first one came as far as the server, which refused it; the browser did not send the second.
      expect(server.calls.slice(before).filter((call) => call.startsWith('POST'))).toEqual(['POST actions']);
      other.close();
      expect((await world.detail('o_ada', 'f_1')).finding.desk.status).toBe('open');
    });

    it('whoever has no key sees nothing', async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      for (const query of ['', '?code=wrong-key-0123456789']) {
        const response = await page.goto(server.url + query);
        expect(response?.status()).toBe(401);
        expect(await page.textContent('body')).toContain('Sign in first.');
      }
      // A header that App Service would set is worth nothing without App Service.
      const claims = [
        { typ: 'roles', val: 'Postern.Desk' },
        { typ: 'oid', val: 'o_eve' },
      ];
      const principal = Buffer.from(JSON.stringify({ claims })).toString('base64');
      const forged = await context.request.get(`${server.url}/api/state`, {
        headers: { 'x-ms-client-principal': principal },
      });
      expect(forged.status()).toBe(401);
    });

    it('keeps the focus, what is opened and the place where it is read while it updates', async () => {
      const { page } = await open();
      const summary = page.locator('#blind summary').first();
      await summary.click();
      const button = card(page, 'Jane Doe').getByRole('button');
      await button.focus();
      await world.found(
        breakIn({ id: 'f_2', person: 'p_omar', evidence: [signal({ person: 'p_omar', account: 'omar@example.org' })] }),
      );
      await world.settle();
      await expect.poll(() => page.locator('#broken li').count(), { timeout: 10_000 }).toBe(3);
      expect(await page.evaluate('document.activeElement.getAttribute("data-key")')).toBe('open f_1');
      expect(await page.locator('#blind details').first().getAttribute('open')).toBe('');
    });

    it('hands out the report and a false alarm as files', async () => {
      const { page } = await open();
      const [report] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Data (JSON)' }).click(),
      ]);
      expect(report.suggestedFilename()).toBe('postern-2026Q4.json');
      expect(JSON.parse(readFileSync(await report.path(), 'utf8'))).toMatchObject({ schema: 'postern.transparency/1' });
      await card(page, 'onerror').getByRole('button').click();
      await page.getByRole('button', { name: 'False alarm …' }).click();
      await page.getByLabel('What was it really?').fill(`a test with ${HOSTILE}`);
      await page.getByRole('button', { name: 'It was a false alarm' }).click();
      await expect.poll(() => page.locator('#detail-said').textContent()).toContain('kept as a case');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Show false alarms kept as cases' }).click();
      const [draft] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Draft' }).click(),
      ]);
      expect(readFileSync(await draft.path(), 'utf8')).not.toMatch(/eve@|onerror/);
    });
  },
);
