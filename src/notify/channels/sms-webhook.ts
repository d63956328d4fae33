/** SMS by a gateway that takes signed posts: `{"id","to","text"}`. */
import { DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';
import { type PostTarget, signedPost } from './signed-post.ts';

/** The gateway must answer 2xx only once the message is its responsibility. */
export function createSmsWebhook(target: PostTarget): Transport {
  const name = 'sms-webhook';
  return {
    name,
    kind: 'sms',
    reports: false,
    async send(message, context) {
      if (message.kind !== 'sms') throw new DeliveryError(name, 'MISCONFIGURED');
      const { operationId: id } = context;
      await signedPost(name, target, { id, to: message.to, text: message.text }, context);
      return { providerId: id, status: 'accepted' };
    },
  };
}
