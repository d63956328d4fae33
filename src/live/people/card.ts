/** The safety card of one person, as the admin API hands it out. */
import { requireSettings, type Settings } from '../../config.ts';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import { cardPage } from '../../notify/card-page.ts';

/** A page to print. @throws ConfigError without POSTERN_CARD_KEY */
export function personCard(settings: Settings, person: EnrolledPerson, now: Date): string {
  const { POSTERN_CARD_KEY: cardKey } = requireSettings(settings, ['POSTERN_CARD_KEY']);
  const senders = [
    settings.POSTERN_ACS_EMAIL_SENDER,
    settings.POSTERN_SMTP_SENDER,
    settings.POSTERN_ACS_SMS_SENDER,
    settings.POSTERN_TWILIO_SENDER,
  ].filter((sender) => sender !== undefined);
  return cardPage(person, {
    cardKey,
    organization: settings.POSTERN_ORGANIZATION,
    deskPhone: settings.POSTERN_DESK_PHONE,
    deskEmail: settings.POSTERN_DESK_EMAIL,
    answerAddress: settings.POSTERN_ANSWER_ADDRESS,
    // Answers by SMS arrive only at a number of Azure Communication Services (an inbound event), never at a name.
    smsReplies: /^\+/.test(settings.POSTERN_ACS_SMS_SENDER ?? ''),
    senders,
    draftLanguages: settings.POSTERN_DRAFT_LANGUAGES,
    issuedAt: now,
  });
}
