import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outbox, startOutbox } from '../../../local/outbox/start.ts';
import { readSettings } from '../../../src/config.ts';
import type { DeliveryError } from '../../../src/errors.ts';
import type { EmailMessage, Message, SendContext, Transport } from '../../../src/notify/channels/channel.ts';
import { transportsOf } from '../../../src/notify/channels/index.ts';
import { signatureOf } from '../../../src/notify/channels/signed-post.ts';

const NOW = new Date('2026-09-01T08:00:00Z');
const SECRET = 'a secret of sixteen or more';
const noCredential = () => {
  throw new Error('no identity here');
};
const context = (n: number): SendContext => ({
  operationId: `5f0c2a52-5c3a-5d39-8f5e-${String(n).padStart(12, '0')}`,
  tag: `n_${n}`,
  decidedAt: NOW,
  now: NOW,
});
const email: EmailMessage = {
  kind: 'email',
  to: 'ann@example.net',
  subject: 'Security desk: please read, ref 7K4Q-9M2X',
  text: 'Somebody tried.',
  html: '<p>Somebody tried.</p>',
  language: 'en',
  replyTo: 'desk@example.org',
};
const sms: Message = { kind: 'sms', to: '+15550101', text: 'Please call.' };
const desk: Message = { kind: 'webhook', body: { text: 'A task for you' } };

/** A provider that answers what it is told to, and keeps what it was sent. */
function provider() {
  const answers: { status: number; headers?: Record<string, string>; body?: unknown }[] = [];
  const seen: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      seen.push({ request, body });
      const answer = answers.shift() ?? { status: 500 };
      response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body ?? {}));
    });
  });
  return { answers, seen, server };
}

describe('transports', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-channels-'));
  const other = provider();
  let outbox: Outbox;
  let transports: readonly Transport[];
  const named = (name: string) => transports.find((one) => one.name === name) as Transport;
  const codeOf = (work: Promise<unknown>) => work.then(() => 'sent').catch((error: DeliveryError) => error.code);

  beforeAll(async () => {
    await new Promise<void>((resolve) => other.server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.server.address() as AddressInfo).port}`;
    outbox = await startOutbox({ httpPort: 0, smtpPort: 0, deskSecret: SECRET, now: () => NOW });
    const { settings, problems } = readSettings({
      POSTERN_ACS_CONNECTION: outbox.acsConnection,
      POSTERN_ACS_EMAIL_SENDER: 'notice@postern.example.org',
      POSTERN_ACS_SMS_SENDER: '+15550100',
      POSTERN_SMTP_URL: outbox.smtpUrl,
      POSTERN_SMTP_SENDER: 'notice@relay.example.org',
      POSTERN_TWILIO_ACCOUNT: 'AC1',
      POSTERN_TWILIO_TOKEN: 'token',
      POSTERN_TWILIO_SENDER: '+15550102',
      POSTERN_TWILIO_URL: url,
      POSTERN_SMS_WEBHOOK_URL: `${url}/sms`,
      POSTERN_SMS_WEBHOOK_SECRET: SECRET,
      POSTERN_DESK_WEBHOOK_URL: outbox.deskUrl,
      POSTERN_DESK_WEBHOOK_SECRET: SECRET,
      POSTERN_OUTBOX_DIR: dir,
    });
    expect(problems).toEqual([]);
    transports = await transportsOf(settings, noCredential);
  });
  afterAll(async () => {
    await outbox.close();
    other.server.close();
    rmSync(dir, { recursive: true });
  });

  it('are listed in order of preference, and only those that the settings name', async () => {
    expect(transports.map(({ name, kind, reports }) => [name, kind, reports])).toEqual([
      ['acs-email', 'email', true],
      ['smtp', 'email', false],
      ['acs-sms', 'sms', true],
      ['twilio', 'sms', false],
      ['sms-webhook', 'sms', false],
      ['desk-webhook', 'webhook', false],
      ['file', 'file', false],
    ]);
    expect(await transportsOf(readSettings({}).settings, noCredential)).toEqual([]);
  });

  it.each([
    ['acs-email', sms],
    ['smtp', sms],
    ['acs-sms', email],
    ['twilio', email],
    ['sms-webhook', email],
    ['desk-webhook', email],
  ])('%s refuses what it does not carry', async (name, message) => {
    expect(await codeOf(named(name).send(message, context(1)))).toBe('MISCONFIGURED');
  });

  it.each(['acs-email', 'smtp'])(
    '%s: one mail with text, HTML, Reply-To and Auto-Submitted; again adds nothing',
    async (name) => {
      const before = outbox.letters().length;
      const sent = await named(name).send(email, context(2));
      expect(await named(name).send(email, context(2))).toEqual(sent);
      expect(outbox.letters().slice(before)).toMatchObject([
        { to: 'ann@example.net', subject: email.subject, headers: { 'reply-to': 'desk@example.org' } },
      ]);
      const [letter] = outbox.letters().slice(before);
      expect(letter?.text.trim()).toBe('Somebody tried.');
      expect(letter?.html).toContain('<p>Somebody tried.</p>');
      const auto = Object.entries(letter?.headers ?? {}).find(([key]) => key.toLowerCase() === 'auto-submitted');
      expect(auto?.[1]).toBe('auto-generated');
      expect(sent).toEqual({
        status: 'accepted',
        providerId: name === 'smtp' ? `<${context(2).operationId}@relay.example.org>` : context(2).operationId,
      });
    },
  );

  it.each([
    ['a subject', { subject: 'Hello\r\nBcc: mallory@example.com' }],
    ['an address', { to: 'ann@example.net\r\nBcc: mallory@example.com' }],
    ['an address with two', { to: 'ann@example.net, mallory@example.com' }],
    ['a reply address', { replyTo: 'desk@example.org\r\nBcc: mallory@example.com' }],
  ])('smtp: %s cannot smuggle in a header or a recipient', async (_, change) => {
    const before = outbox.letters().length;
    await codeOf(named('smtp').send({ ...email, ...change }, context(30)));
    const got = outbox.letters().slice(before);
    expect(got.map(({ to }) => to)).not.toContain('mallory@example.com');
    for (const letter of got) expect(Object.keys(letter.headers ?? {})).not.toContain('bcc');
  });

  it('acs-sms: the same repeatability id on every try, so that a repeat is not a second message', async () => {
    const before = outbox.letters().length;
    const sent = await named('acs-sms').send(sms, context(3));
    expect(await named('acs-sms').send(sms, context(3))).toEqual(sent);
    expect(outbox.letters().slice(before)).toMatchObject([{ via: 'acs-sms', to: '+15550101', tag: 'n_3' }]);
    await named('acs-sms').send(sms, context(4));
    expect(outbox.letters().length).toBe(before + 2);
  });

  it.each([
    ['acs-email', email, 429, { code: 'THROTTLED', retryAfterMs: 40_000 }],
    ['acs-email', email, 500, { code: 'UNAVAILABLE' }],
    ['acs-sms', sms, 429, { code: 'THROTTLED', retryAfterMs: 40_000 }],
    ['acs-sms', sms, 503, { code: 'UNAVAILABLE' }],
  ] as const)(
    '%s: %j answered with %i fails at once, to be tried again by the queue',
    async (name, message, status, error) => {
      outbox.failAcs(status, 1);
      await expect(named(name).send(message, context(5))).rejects.toMatchObject(error);
    },
  );

  it.each([
    [421, 'THROTTLED'],
    [451, 'UNAVAILABLE'],
    [550, 'BAD_ADDRESS'],
  ] as const)('smtp: %i is %s', async (status, code) => {
    outbox.refuseSmtp(status, 1);
    expect(await codeOf(named('smtp').send(email, context(6)))).toBe(code);
  });

  it('twilio: a form with basic authentication', async () => {
    other.answers.push({ status: 201, body: { sid: 'SM1' } });
    expect(await named('twilio').send(sms, context(7))).toEqual({ providerId: 'SM1', status: 'accepted' });
    const { request, body } = other.seen.at(-1) as (typeof other.seen)[number];
    expect(request.url).toBe('/2010-04-01/Accounts/AC1/Messages.json');
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('AC1:token').toString('base64')}`);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      To: '+15550101',
      Body: 'Please call.',
      From: '+15550102',
    });
  });

  it.each([
    [400, { code: 21211 }, 'BAD_ADDRESS'],
    [400, { code: 21610 }, 'STOPPED'],
    [400, { code: 21602 }, 'REFUSED'],
    [401, { code: 20003 }, 'MISCONFIGURED'],
    [429, { code: 20429 }, 'THROTTLED'],
    [503, '<html>', 'UNAVAILABLE'],
    [201, { status: 'odd' }, 'UNAVAILABLE'],
  ])('twilio: %i %j is %s', async (status, body, code) => {
    other.answers.push({ status, body });
    expect(await codeOf(named('twilio').send(sms, context(8)))).toBe(code);
  });

  it('sms-webhook: signed with time, key and id', async () => {
    other.answers.push({ status: 204 });
    await named('sms-webhook').send(sms, context(9));
    const { request, body } = other.seen.at(-1) as (typeof other.seen)[number];
    expect(JSON.parse(body)).toEqual({ id: context(9).operationId, to: '+15550101', text: 'Please call.' });
    expect(request.headers['idempotency-key']).toBe(context(9).operationId);
    expect(request.headers['x-postern-signature']).toBe(signatureOf(body, SECRET, NOW));
  });

  it('a signed post follows no redirect', async () => {
    other.answers.push({ status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' } });
    expect(await codeOf(named('sms-webhook').send(sms, context(10)))).toBe('UNAVAILABLE');
  });

  it('desk-webhook: taken by a receiver that checks the signature', async () => {
    expect(await named('desk-webhook').send(desk, context(11))).toMatchObject({ status: 'delivered' });
    expect(outbox.letters().at(-1)).toMatchObject({ via: 'desk-webhook', text: '{"text":"A task for you"}' });
  });

  it('file: one file per message, whatever the number of tries', async () => {
    await named('file').send(email, context(12));
    await named('file').send(email, context(12));
    expect(readdirSync(dir)).toEqual([`${context(12).operationId}.json`]);
    expect(JSON.parse(readFileSync(join(dir, `${context(12).operationId}.json`), 'utf8'))).toMatchObject({
      to: email.to,
    });
  });

  it('no error repeats an address or what was written', async () => {
    outbox.refuseSmtp(550, 1);
    const error = (await named('smtp')
      .send(email, context(13))
      .catch((reason: unknown) => reason)) as Error;
    expect(JSON.stringify([error.message, String(error.cause ?? ''), Object.values(error)])).not.toMatch(/ann@|tried/);
  });

  it('a server that is not there is unavailable', async () => {
    const { settings } = readSettings({
      POSTERN_SMTP_URL: 'smtp://127.0.0.1:9',
      POSTERN_SMTP_SENDER: 'a@example.org',
      POSTERN_SMS_WEBHOOK_URL: 'http://127.0.0.1:9/',
      POSTERN_DESK_WEBHOOK_URL: 'http://127.0.0.1:9/',
    });
    const all = await transportsOf(settings, noCredential);
    expect(
      await Promise.all(all.map((one, n) => codeOf(one.send([email, sms, desk][n] as Message, context(14))))),
    ).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
  });
});
