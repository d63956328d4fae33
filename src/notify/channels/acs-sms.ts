/** SMS by Azure Communication Services. */
import { SmsClient, type SmsClientOptions } from '@azure/communication-sms';
import { DeliveryError } from '../../errors.ts';
import { type AcsAccess, acsOptions } from './acs-email.ts';
import type { Transport } from './channel.ts';
import { failureOf, sdkFailure } from './http-failure.ts';

type Policy = NonNullable<SmsClientOptions['additionalPolicies']>[number]['policy'];

interface Repeat {
  readonly id: string;
  readonly first: Date;
}

/**
 * `sender` is a number or a registered name. The SDK makes a random repeatability id for each call, which would defeat
 * it when a crash makes us repeat: a policy puts ours in its place, before the body is signed.
 */
export function createAcsSms(access: AcsAccess, sender: string): Transport {
  const name = 'acs-sms';
  const connect = (repeat: Repeat) => {
    const options = {
      ...acsOptions(access),
      additionalPolicies: [{ policy: repeatability(repeat), position: 'perCall' as const }],
    };
    return 'connection' in access
      ? new SmsClient(access.connection, options)
      : new SmsClient(access.endpoint, access.credential, options);
  };
  return {
    name,
    kind: 'sms',
    reports: true,
    async send(message, { operationId, decidedAt, tag }) {
      if (message.kind !== 'sms') throw new DeliveryError(name, 'MISCONFIGURED');
      // A client per message is cheap (no connection of its own), and so two sends never share a repeatability id.
      const client = connect({ id: operationId, first: decidedAt });
      const request = { from: sender, to: [message.to], message: message.text };
      const [result] = await client.send(request, { enableDeliveryReport: true, tag }).catch((error: unknown) => {
        throw sdkFailure(name, error);
      });
      if (!result?.successful) {
        const status = result?.httpStatusCode ?? 0;
        throw status === 400 ? new DeliveryError(name, 'BAD_ADDRESS') : failureOf(name, status);
      }
      return { providerId: result.messageId ?? operationId, status: 'accepted' };
    },
  };
}

function repeatability({ id, first }: Repeat): Policy {
  return {
    name: 'posternRepeatability',
    sendRequest(request, next) {
      if (typeof request.body === 'string') {
        const body = JSON.parse(request.body) as { smsRecipients?: Record<string, unknown>[] };
        const smsRecipients = body.smsRecipients?.map((recipient) => ({
          ...recipient,
          repeatabilityRequestId: id,
          repeatabilityFirstSent: first.toUTCString(),
        }));
        request.body = JSON.stringify({ ...body, smsRecipients });
      }
      return next(request);
    },
  };
}
