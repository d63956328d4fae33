/** SMS by Twilio's REST interface (api.twilio.com, 2010-04-01), where Azure Communication Services has no reach. */
import { z } from 'zod';
import { DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';
import { failureOf } from './http-failure.ts';

/** Access to an account. */
export interface TwilioAccess {
  /** Account SID. */
  readonly account: string;
  readonly token: string;
  /** A number, or the SID of a messaging service (`MG…`). */
  readonly sender: string;
  /** Default https://api.twilio.com */
  readonly url?: string;
}

const Created = z.object({ sid: z.string() });
const Refused = z.object({ code: z.number() });
/** Twilio error codes: 21211/21614 not a number that takes SMS, 21408/21612 not reachable, 21610 said STOP. */
const BAD_ADDRESS: readonly number[] = [21211, 21408, 21612, 21614];
const STOPPED = 21610;
const TIMEOUT_MS = 30_000;

/** No idempotency key is offered: after a crash between sending and noting it, a message may come twice. */
export function createTwilio({ account, token, sender, url = 'https://api.twilio.com' }: TwilioAccess): Transport {
  const name = 'twilio';
  const address = `${url}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
  return {
    name,
    kind: 'sms',
    reports: false,
    async send(message) {
      if (message.kind !== 'sms') throw new DeliveryError(name, 'MISCONFIGURED');
      const from = sender.startsWith('MG') ? { MessagingServiceSid: sender } : { From: sender };
      const response = await fetch(address, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ To: message.to, Body: message.text, ...from }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch(() => {
        throw new DeliveryError(name, 'UNAVAILABLE');
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (response.ok) {
        const created = Created.safeParse(body);
        if (!created.success) throw new DeliveryError(name, 'UNAVAILABLE');
        return { providerId: created.data.sid, status: 'accepted' };
      }
      const code = Refused.safeParse(body).data?.code ?? 0;
      if (code === STOPPED) throw new DeliveryError(name, 'STOPPED');
      if (BAD_ADDRESS.includes(code)) throw new DeliveryError(name, 'BAD_ADDRESS');
      throw failureOf(name, response.status, { retryAfter: response.headers.get('retry-after') });
    },
  };
}
