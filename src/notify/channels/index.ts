/** The list of transports, in order of preference: what the settings name is there. */
import type { TokenCredential } from '@azure/identity';
import type { Settings } from '../../config.ts';
import type { AcsAccess } from './acs-email.ts';
import type { Transport } from './channel.ts';
import { createDeskWebhook } from './desk-webhook.ts';
import { createFile } from './file.ts';
import { createSmsWebhook } from './sms-webhook.ts';
import { createTwilio } from './twilio.ts';

/**
 * `credential` is asked for only where Azure Communication Services is used with an identity. Files that need an SDK are
 * loaded only when they are used.
 */
export async function transportsOf(
  settings: Settings,
  credential: () => TokenCredential,
): Promise<readonly Transport[]> {
  const acs = acsAccess(settings, credential);
  const {
    POSTERN_ACS_EMAIL_SENDER: emailSender,
    POSTERN_ACS_SMS_SENDER: smsSender,
    POSTERN_SMTP_URL: smtpUrl,
    POSTERN_SMTP_SENDER: smtpSender,
    POSTERN_TWILIO_ACCOUNT: account,
    POSTERN_TWILIO_TOKEN: token,
    POSTERN_TWILIO_SENDER: twilioSender,
    POSTERN_TWILIO_URL: twilioUrl,
    POSTERN_SMS_WEBHOOK_URL: gateway,
    POSTERN_SMS_WEBHOOK_SECRET: gatewaySecret,
    POSTERN_DESK_WEBHOOK_URL: desk,
    POSTERN_DESK_WEBHOOK_SECRET: deskSecret,
    POSTERN_OUTBOX_DIR: outbox,
  } = settings;
  return [
    acs && emailSender && (await import('./acs-email.ts')).createAcsEmail(acs, emailSender),
    smtpUrl && smtpSender && (await import('./smtp.ts')).createSmtp(smtpUrl, smtpSender),
    acs && smsSender && (await import('./acs-sms.ts')).createAcsSms(acs, smsSender),
    account &&
      token &&
      twilioSender &&
      createTwilio({ account, token, sender: twilioSender, ...(twilioUrl && { url: twilioUrl }) }),
    gateway && createSmsWebhook({ url: gateway, ...(gatewaySecret && { secret: gatewaySecret }) }),
    desk && createDeskWebhook({ url: desk, ...(deskSecret && { secret: deskSecret }) }),
    outbox && createFile(outbox),
  ].filter((transport) => typeof transport === 'object');
}

function acsAccess(settings: Settings, credential: () => TokenCredential): AcsAccess | undefined {
  const { POSTERN_ACS_CONNECTION: connection, POSTERN_ACS_ENDPOINT: endpoint } = settings;
  if (connection) return { connection };
  return endpoint ? { endpoint, credential: credential() } : undefined;
}
