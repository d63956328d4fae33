/** Desk notices as signed posts. `text` stands at the top, so that Teams Workflows and Slack show it as it is. */
import { DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';
import { type PostTarget, signedPost } from './signed-post.ts';

/** An accepted post has reached the desk as far as we can tell. */
export function createDeskWebhook(target: PostTarget): Transport {
  const name = 'desk-webhook';
  return {
    name,
    kind: 'webhook',
    reports: false,
    async send(message, context) {
      if (message.kind !== 'webhook') throw new DeliveryError(name, 'MISCONFIGURED');
      await signedPost(name, target, message.body, context);
      return { providerId: context.operationId, status: 'delivered' };
    },
  };
}
