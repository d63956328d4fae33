/** Sends a code that proves a channel: at once, over the first transport that takes it, whatever POSTERN_MODE is. */
import { randomUUID } from 'node:crypto';
import type { Settings } from '../../config.ts';
import { ConfigError, DeliveryError } from '../../errors.ts';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import type { Message, Transport } from '../../notify/channels/channel.ts';
import { compose } from '../../notify/compose.ts';
import { noticeReference } from '../../notify/reference.ts';

/** What sending a code needs. */
export interface CodePorts {
  readonly settings: Settings;
  readonly transports: readonly Transport[];
  /** Notes whose a reference is, so that the desk can verify the message. */
  readonly claim: (reference: string, person: string) => Promise<unknown>;
}

/**
 * Waits for the transport's answer, so that the admin who asks sees it.
 * @throws DeliveryError of the last transport; ConfigError when none carries this kind
 */
export async function sendCode(
  { settings, transports, claim }: CodePorts,
  person: EnrolledPerson,
  { kind, address }: { readonly kind: 'email' | 'sms'; readonly address: string },
  code: string,
  now: Date,
): Promise<void> {
  const fitting = transports.filter((transport) => transport.kind === kind || transport.kind === 'file');
  if (fitting.length === 0) throw new ConfigError([`no transport for ${kind} is set up, see docs/settings.md`]);
  const operationId = randomUUID();
  const reference = noticeReference(operationId, 'code');
  await claim(reference, person.id);
  const composed = compose(
    {
      id: `n_${operationId}`,
      person: person.id,
      variant: 'code',
      channel: 'code',
      kind,
      reference,
      priority: 1,
      at: now,
      changes: [],
      code,
    },
    person,
    {
      organization: settings.POSTERN_ORGANIZATION,
      deskPhone: settings.POSTERN_DESK_PHONE,
      deskEmail: settings.POSTERN_DESK_EMAIL,
      draftLanguages: settings.POSTERN_DRAFT_LANGUAGES,
    },
  );
  const { text, subject = '', html, language } = composed;
  const message: Message =
    kind === 'sms'
      ? { kind, to: address, text }
      : { kind, to: address, subject, text, language, ...(html && { html }) };
  let failure: DeliveryError | undefined;
  for (const transport of fitting) {
    try {
      await transport.send(message, { operationId, tag: 'code', decidedAt: now, now });
      return;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      failure = error;
    }
  }
  throw failure ?? new ConfigError([`no transport for ${kind} is set up`]);
}
