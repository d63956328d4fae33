import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmailClient } from '@azure/communication-email';
import { SmsClient } from '@azure/communication-sms';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryEvent } from '../../../local/outbox/acs-stand-in.ts';
import { openLetters } from '../../../local/outbox/letters.ts';
import { type Outbox, startOutbox } from '../../../local/outbox/start.ts';

const SECRET = 'a secret of the desk';
const INSECURE = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };

describe('the local outbox', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postern-outbox-'));
  let time = new Date('2026-09-01T08:00:00Z');
  const reports: DeliveryEvent[] = [];
  const grid = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      reports.push(...(JSON.parse(text) as DeliveryEvent[]));
      response.end();
    });
  });
  let outbox: Outbox;

  beforeAll(async () => {
    await new Promise<void>((resolve) => grid.listen(0, '127.0.0.1', resolve));
    outbox = await startOutbox({ dir, httpPort: 0, smtpPort: 0, deskSecret: SECRET, now: () => time });
    outbox.reportTo(`http://127.0.0.1:${(grid.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await outbox.close();
    grid.close();
    rmSync(dir, { recursive: true });
  });
  const last = () => outbox.letters().at(-1);
  const mail = (operationId: string, address = 'ann@example.org') =>
    new EmailClient(outbox.acsConnection, INSECURE).beginSend(
      {
        senderAddress: 'desk@example.org',
        content: { subject: 'Security desk', plainText: 'Please call.' },
        recipients: { to: [{ address }] },
        replyTo: [{ address: 'help@example.org' }],
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
      { operationId },
    );

  it('keeps what comes by SMTP', async () => {
    const transport = createTransport(outbox.smtpUrl);
    await transport.sendMail({
      from: 'a@example.org',
      to: 'b@example.net',
      subject: 'Grüße',
      text: 'سلام',
      html: '<p>x',
    });
    expect(last()).toMatchObject({
      via: 'smtp',
      from: 'a@example.org',
      to: 'b@example.net',
      subject: 'Grüße',
      text: 'سلام',
    });
  });

  it('refuses by SMTP when asked to', async () => {
    outbox.refuseSmtp(451, 1);
    const sending = createTransport(outbox.smtpUrl).sendMail({ from: 'a@example.org', to: 'b@example.net', text: 'x' });
    await expect(sending).rejects.toMatchObject({ responseCode: 451 });
  });

  it('takes mail from the ACS client once per operation id, and reports its delivery', async () => {
    const before = outbox.letters().length;
    await mail('7b0c2a52-5c3a-5d39-8f5e-000000000001');
    await mail('7b0c2a52-5c3a-5d39-8f5e-000000000001');
    expect(outbox.letters().length).toBe(before + 1);
    expect(last()).toMatchObject({
      via: 'acs-email',
      to: 'ann@example.org',
      headers: { 'reply-to': 'help@example.org' },
    });
    await expect.poll(() => reports.at(-1)?.data).toMatchObject({ status: 'Delivered', messageId: last()?.id });
  });

  it.each([
    ['bounced', 'Bounced'],
    ['suppressed', 'Suppressed'],
  ] as const)('reports mail as %s', async (fate, status) => {
    outbox.setFate(`${fate}@example.org`, fate);
    await mail(randomUUID(), `${fate}@example.org`);
    await expect.poll(() => reports.at(-1)?.data.status).toBe(status);
  });

  it('keeps the quotas of a custom domain', async () => {
    time = new Date('2026-09-02T08:00:00Z');
    for (let n = 10; n < 40; n += 1) await mail(`7b0c2a52-5c3a-5d39-8f5e-0000000001${n}`);
    const wait = await mail('7b0c2a52-5c3a-5d39-8f5e-000000000140').catch((error: unknown) => error);
    expect(wait).toMatchObject({ statusCode: 429 });
    time = new Date('2026-09-02T08:01:00Z');
    await mail('7b0c2a52-5c3a-5d39-8f5e-000000000140');
  });

  it('takes SMS from the ACS client, and reports their delivery with the tag', async () => {
    const client = new SmsClient(outbox.acsConnection, INSECURE);
    const options = { enableDeliveryReport: true, tag: 'n_1' };
    const [result] = await client.send({ from: '+15550100', to: ['+15550101'], message: 'Call.' }, options);
    expect(result).toMatchObject({ successful: true, httpStatusCode: 202 });
    expect(last()).toMatchObject({ via: 'acs-sms', to: '+15550101', text: 'Call.', tag: 'n_1' });
    await expect.poll(() => reports.at(-1)?.data).toMatchObject({ deliveryStatus: 'Delivered', Tag: 'n_1' });
  });

  it('refuses a wrong key', async () => {
    const wrong = outbox.acsConnection.replace(/accesskey=.*/, `accesskey=${Buffer.alloc(32).toString('base64')}`);
    const client = new SmsClient(wrong, INSECURE);
    const sending = client.send({ from: '+15550100', to: ['+15550101'], message: 'x' });
    await expect(sending).rejects.toMatchObject({ statusCode: 401 });
  });

  it('takes desk posts that are signed, and only those', async () => {
    const body = '{"kind":"task"}';
    const signature = createHmac('sha256', SECRET).update(`1788000000.${body}`).digest('hex');
    const post = (header: string) =>
      fetch(outbox.deskUrl, { method: 'POST', body, headers: { 'x-postern-signature': header } });
    expect((await post(`t=1788000000,v1=${signature}`)).status).toBe(200);
    expect((await post(`t=1788000001,v1=${signature}`)).status).toBe(401);
    expect((await post('')).status).toBe(401);
    expect(last()).toMatchObject({ via: 'desk-webhook', text: body });
  });

  it('shows letters on a page that runs nothing', async () => {
    await createTransport(outbox.smtpUrl).sendMail({ from: 'a@example.org', to: 'b@example.net', text: '<script>x' });
    const response = await fetch(outbox.url);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('&#60;script&#62;x');
  });

  it('still has everything when opened again', () => {
    expect(openLetters(dir).all()).toEqual(outbox.letters());
  });
});
