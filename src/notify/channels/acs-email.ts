/** E-mail by Azure Communication Services. */
import { EmailClient } from '@azure/communication-email';
import type { TokenCredential } from '@azure/identity';
import { DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';
import { sdkFailure } from './http-failure.ts';

/** Where the service is and who we are: an endpoint with an identity, or a connection string (stand-ins only). */
export type AcsAccess =
  | { readonly endpoint: string; readonly credential: TokenCredential }
  | { readonly connection: string };

/** Options of the SDK clients: no retries of their own, the queue does the waiting; plain HTTP for a stand-in here. */
export function acsOptions(access: AcsAccess) {
  const address = 'connection' in access ? access.connection : access.endpoint;
  return {
    retryOptions: { maxRetries: 0 },
    allowInsecureConnection: /^(?:endpoint=)?http:\/\/(?:127\.0\.0\.1|localhost)[:/]/.test(address),
  };
}

/**
 * `sender` is an address of the verified domain. The operation id goes along as `Operation-Id`: a mail that was accepted
 * while its status could not be read is not sent twice (azure-sdk-for-net 40779). Delivery is told by Event Grid.
 */
export function createAcsEmail(access: AcsAccess, sender: string): Transport {
  const name = 'acs-email';
  const client =
    'connection' in access
      ? new EmailClient(access.connection, acsOptions(access))
      : new EmailClient(access.endpoint, access.credential, acsOptions(access));
  return {
    name,
    kind: 'email',
    reports: true,
    async send(message, { operationId }) {
      if (message.kind !== 'email') throw new DeliveryError(name, 'MISCONFIGURED');
      try {
        await client.beginSend(
          {
            senderAddress: sender,
            content: {
              subject: message.subject,
              plainText: message.text,
              ...(message.html !== undefined && { html: message.html }),
            },
            recipients: { to: [{ address: message.to }] },
            ...(message.replyTo !== undefined && { replyTo: [{ address: message.replyTo }] }),
            headers: { 'Auto-Submitted': 'auto-generated' },
            disableUserEngagementTracking: true,
          },
          { operationId },
        );
      } catch (error) {
        throw sdkFailure(name, error);
      }
      return { providerId: operationId, status: 'accepted' };
    },
  };
}
