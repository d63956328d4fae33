import { LANGUAGES } from '../../../src/model/enrolled-person.ts';
import type { Notice } from '../../../src/model/notice.ts';
import type { Addressee, NoticeContext } from '../../../src/notify/compose.ts';

/** A notice of a break-in by mail. */
export function notice(parts: Partial<Notice> = {}): Notice {
  return {
    id: 'n_1',
    person: 'p_1',
    finding: 'f_1',
    state: 'got-in',
    variant: 'normal',
    channel: 'c_1',
    kind: 'email',
    reference: 'K7Q49M2X',
    card: 12,
    priority: 0,
    at: new Date('2026-09-25T10:00:00Z'),
    from: new Date('2026-09-25T09:24:00Z'),
    to: new Date('2026-09-25T09:40:00Z'),
    account: 'jane.nilsen@example.org',
    changes: ['method-added', 'password-reset'],
    ...parts,
  };
}

/** Whom it is for. */
export function person(parts: Partial<Addressee> = {}): Addressee {
  return { name: 'Jane Nilsen', language: 'en', timeZone: 'Europe/Berlin', ...parts };
}

/** What the settings say, all languages switched on. */
export function context(parts: Partial<NoticeContext> = {}): NoticeContext {
  return {
    organization: 'Daily Herald',
    deskPhone: '+15550100',
    deskEmail: 'desk@example.org',
    answerAddress: 'answer.example.org',
    draftLanguages: LANGUAGES,
    cardPair: 'amber kite',
    ...parts,
  };
}
