/** E-mail by a relay of the organization's choice: independent of the watched tenant. */
import { createTransport } from 'nodemailer';
import { type DeliveryCode, DeliveryError } from '../../errors.ts';
import type { Transport } from './channel.ts';

/** Limits of one conversation, ms. The lock of the queue lasts two minutes. */
const TIMEOUTS = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 45_000 };

/**
 * `url` as smtps://user:password@host:465, or smtp:// with STARTTLS required (except on this machine). The message id is
 * made of the operation id, so that a mail sent twice after a crash shows as one in most programs. No reports come.
 */
export function createSmtp(url: string, sender: string): Transport {
  const name = 'smtp';
  const { protocol, hostname } = new URL(url);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  const transporter = createTransport({
    url,
    ...TIMEOUTS,
    requireTLS: protocol === 'smtp:' && !isLocal,
    ignoreTLS: isLocal,
  });
  return {
    name,
    kind: 'email',
    reports: false,
    async send(message, { operationId }) {
      if (message.kind !== 'email') throw new DeliveryError(name, 'MISCONFIGURED');
      const messageId = `<${operationId}@${sender.split('@')[1] ?? 'postern.invalid'}>`;
      try {
        await transporter.sendMail({
          messageId,
          from: sender,
          // As objects: nothing in an address can become another header or another recipient.
          to: { name: '', address: message.to },
          ...(message.replyTo !== undefined && { replyTo: { name: '', address: message.replyTo } }),
          subject: message.subject,
          text: message.text,
          ...(message.html !== undefined && { html: message.html }),
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(message.language !== undefined && { 'Content-Language': message.language }),
          },
        });
      } catch (error) {
        throw new DeliveryError(name, codeOf(error));
      }
      return { providerId: messageId, status: 'accepted' };
    },
  };
}

/** RFC 5321: 4xx passes by itself, 5xx does not; 550 to 553 speak of the mailbox. */
function codeOf(error: unknown): DeliveryCode {
  const { code, responseCode = 0 } = error as { readonly code?: string; readonly responseCode?: number };
  if (code === 'EAUTH' || code === 'ETLS') return 'MISCONFIGURED';
  if (responseCode >= 550 && responseCode <= 553) return 'BAD_ADDRESS';
  if (responseCode === 421 || responseCode === 450) return 'THROTTLED';
  if (responseCode >= 500) return 'REFUSED';
  return code === 'EENVELOPE' && responseCode === 0 ? 'BAD_ADDRESS' : 'UNAVAILABLE';
}
