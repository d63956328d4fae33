/** From a decided notice to its text. Pure: the same notice always has the same words. */
import type { Language } from '../model/enrolled-person.ts';
import type { Notice, NoticeState } from '../model/notice.ts';
import type { Catalog } from './catalog-schema.ts';
import { catalog, usableLanguage } from './catalogs.ts';
import { cleanLine, cleanName } from './clean.ts';
import { type Block, renderHtml, renderText } from './document.ts';
import { maskAccount } from './mask.ts';
import { formatDay, formatPeriod } from './period.ts';
import { formatReference } from './reference.ts';
import { smsSize } from './sms-segments.ts';
import { code, fill, isolated, type Line, named, plain, type Value } from './template.ts';

/** What a notice says of the person: part of `EnrolledPerson`. */
export interface Addressee {
  readonly name: string;
  readonly language: Language;
  /** IANA name; an unknown one is taken as UTC. */
  readonly timeZone: string;
}

/** What a notice says of the organization, from the settings, and the words of its card pair. */
export interface NoticeContext {
  /** POSTERN_ORGANIZATION, at most 12 characters. */
  readonly organization: string;
  /** POSTERN_DESK_PHONE; without it the notice points to the number on the card. */
  readonly deskPhone?: string | undefined;
  /** POSTERN_DESK_EMAIL */
  readonly deskEmail?: string | undefined;
  /** POSTERN_ANSWER_ADDRESS. Never written into a notice, which only says that the card has it. */
  readonly answerAddress?: string | undefined;
  /** POSTERN_DRAFT_LANGUAGES */
  readonly draftLanguages: readonly Language[];
  /** The words at `notice.card`, as `amber kite`. */
  readonly cardPair?: string | undefined;
}

/** A notice as it is sent. */
export interface ComposedNotice {
  /** The language that it is written in: the person's, or English while theirs is a draft. */
  readonly language: Language;
  /** For e-mail: one line, safe on a lock screen. */
  readonly subject?: string;
  /** The whole notice. */
  readonly text: string;
  /** For e-mail: the same words as HTML. */
  readonly html?: string;
}

/**
 * Whether an SMS is as short as it must be: English in one, unless a name in another script makes all of it UCS-2; two in
 * other languages.
 */
export function isShortEnough(text: string, language: Language): boolean {
  const { encoding, segments } = smsSize(text);
  return segments <= (language === 'en' && encoding === 'GSM-7' ? 1 : 2);
}
/** Longest name in an SMS, in characters. */
export const SMS_NAME_LENGTH = 20;

/** What is said, `normal` being told apart by state. A normal notice without a state says only "call the desk". */
type Message = NoticeState | Exclude<Notice['variant'], 'normal'>;

interface Draft {
  readonly notice: Notice;
  readonly message: Message;
  readonly words: Catalog;
  readonly addressee: Addressee;
  readonly context: NoticeContext;
  readonly organization: Value;
  readonly reference: Value;
}

/** Writes a notice for its channel kind. Never throws for what persons or settings hold. */
export function compose(notice: Notice, addressee: Addressee, context: NoticeContext): ComposedNotice {
  const language = usableLanguage(addressee.language, context.draftLanguages);
  const draft: Draft = {
    notice,
    message: notice.variant === 'normal' ? (notice.state ?? 'neutral') : notice.variant,
    words: catalog(language),
    addressee,
    context,
    organization: named(cleanName(context.organization, 12)),
    reference: code(formatReference(notice.reference)),
  };
  if (notice.kind === 'sms') return { language, text: composeSms(draft) };
  const writing = { language, direction: draft.words.direction };
  const subject = subjectOf(draft);
  const blocks = blocksOf(draft);
  return { language, subject, text: renderText(blocks, writing), html: renderHtml(subject, blocks, writing) };
}

function subjectOf({ message, words, organization, reference }: Draft): string {
  const { subject } = words.email;
  const template =
    message === 'drill' || message === 'code' || message === 'helper'
      ? subject[message]
      : message === 'neutral' || message === 'desk-line'
        ? subject.neutral
        : subject.normal;
  return cleanLine(plain(fill(template, { organization, reference })));
}

function blocksOf(draft: Draft): readonly Block[] {
  switch (draft.message) {
    case 'tried':
    case 'changed':
    case 'got-in':
      return stateBlocks(draft, draft.message);
    case 'neutral':
      return [lead(draft), ...forWhom(draft), paragraph(action(draft, 'neutral')), ...write(draft), ...check(draft)];
    case 'desk-line':
      return [lead(draft)];
    case 'drill': {
      const { meaning, action: todo, steps } = draft.words.email;
      const text = [paragraph(fill(meaning.drill, {})), paragraph(fill(todo.drill, {})), list(true, steps.drill)];
      return [lead(draft), ...forWhom(draft), ...text, ...check(draft)];
    }
    case 'code': {
      const { meaning, action: todo } = draft.words.email;
      return [lead(draft), paragraph(fill(todo.code, {})), paragraph(fill(meaning.code, {})), ...byDesk(draft)];
    }
    case 'helper': {
      const { meaning, steps } = draft.words.email;
      const why = paragraph(fill(meaning.helper, { name: personName(draft, 60) }));
      return [lead(draft), why, paragraph(action(draft, 'helper')), list(true, steps.helper), ...byDesk(draft)];
    }
  }
}

function stateBlocks(draft: Draft, state: NoticeState): readonly Block[] {
  const { words, context } = draft;
  const { headings, meaning, did, steps, wasYou, answer } = words.email;
  return [
    lead(draft),
    ...forWhom(draft),
    ...when(draft, state),
    ...changes(draft, state),
    heading(headings.meaning),
    paragraph(fill(meaning[state], {})),
    heading(headings.did),
    paragraph(fill(did[state], {})),
    heading(headings.todo),
    paragraph(action(draft, state)),
    list(true, steps[state]),
    ...write(draft),
    paragraph(fill(wasYou, {})),
    ...(context.answerAddress ? [paragraph(fill(answer, {}))] : []),
    heading(headings.check),
    ...check(draft),
  ];
}

function lead(draft: Draft): Block {
  const { notice, message, words, organization, reference } = draft;
  const line = fill(words.email.first[message], {
    organization,
    reference,
    account: code(notice.account ? maskAccount(notice.account) : ''),
    code: code(cleanLine(notice.code ?? '', 12)),
    name: personName(draft, 60),
  });
  return { kind: 'lead', line };
}

function forWhom(draft: Draft): readonly Block[] {
  return [paragraph(fill(draft.words.email.addressee, { name: personName(draft, 60) }))];
}

function when({ notice, words, addressee }: Draft, state: NoticeState): readonly Block[] {
  const from = notice.from ?? notice.to;
  const to = notice.to ?? notice.from;
  if (!from || !to) return [];
  return [heading(words.email.headings.when), paragraph(formatPeriod(words, addressee.timeZone, state, from, to))];
}

function changes({ notice, words }: Draft, state: NoticeState): readonly Block[] {
  if (state === 'tried' || notice.changes.length === 0) return [];
  const texts: Readonly<Record<string, string>> = words.email.changes;
  const items = notice.changes.map(
    (kind) => (Object.hasOwn(texts, kind) ? texts[kind] : undefined) ?? words.email.changes.other,
  );
  return [heading(words.email.headings.changes), list(false, [...new Set(items)])];
}

function action(draft: Draft, message: 'tried' | 'changed' | 'got-in' | 'neutral' | 'helper'): Line {
  const { words, context } = draft;
  const phone = cleanLine(context.deskPhone ?? '', 20);
  const desk = phone ? fill(words.email.desk.phone, { phone: code(phone) }) : fill(words.email.desk.card, {});
  return fill(words.email.action[message], { desk, name: personName(draft, 60) });
}

function write({ words, context }: Draft): readonly Block[] {
  const email = cleanLine(context.deskEmail ?? '');
  return email ? [paragraph(fill(words.email.write, { email: code(email) }))] : [];
}

/** How to tell that it is real: the card's words, which nobody else knows. */
function check({ notice, words, context, reference }: Draft): readonly Block[] {
  const { email } = words;
  const parts = [paragraph(fill(email.reference, { reference }))];
  if (notice.card !== undefined && context.cardPair) {
    const values = { number: code(String(notice.card)), words: code(cleanLine(context.cardPair)) };
    parts.push(paragraph(fill(email.card, values)), paragraph(fill(email.cardDiffers, {})));
  } else {
    parts.push(paragraph(fill(email.askDesk, {})));
  }
  return [...parts, paragraph(fill(email.never, {}))];
}

/** The same for those who have no card, or must not see words of it: unproven addresses, the helper. */
function byDesk({ words, reference }: Draft): readonly Block[] {
  const { email } = words;
  return [fill(email.reference, { reference }), fill(email.askDesk, {}), fill(email.never, {})].map(paragraph);
}

/**
 * The fullest form that stays within the limit: with isolates, without them, and without the date. What follows a word of
 * a right-to-left script reads well even without isolates, because references begin with a letter.
 */
function composeSms(draft: Draft): string {
  const { notice, words, addressee } = draft;
  const at = notice.to ?? notice.from;
  const dated = smsLine(draft, at ? fill(words.sms.when, { date: formatDay(words, addressee.timeZone, at) }) : '');
  const undated = plain(smsLine(draft, ''));
  const forms = [isolated(dated, words.direction), plain(dated), undated];
  return forms.find((text) => isShortEnough(text, words.language)) ?? undated;
}

function smsLine({ notice, message, words, addressee, context, organization, reference }: Draft, when: Value): Line {
  const pair = notice.card !== undefined && cleanLine(context.cardPair ?? '');
  return fill(words.sms[message], {
    organization,
    reference,
    when,
    account: code(notice.account ? maskAccount(notice.account, '*') : ''),
    card: pair ? fill(words.sms.card, { number: code(String(notice.card)), words: code(pair) }) : '',
    code: code(cleanLine(notice.code ?? '', 12)),
    name: named(cleanName(addressee.name, SMS_NAME_LENGTH)),
  });
}

function personName({ addressee }: Draft, max: number): Value {
  return named(cleanName(addressee.name, max));
}

function heading(text: string): Block {
  return { kind: 'heading', line: fill(text, {}) };
}

function paragraph(line: Line): Block {
  return { kind: 'paragraph', line };
}

function list(ordered: boolean, items: readonly string[]): Block {
  const lines = items.map((item) => fill(item, {}));
  return ordered && lines[0] && lines.length === 1 ? paragraph(lines[0]) : { kind: 'list', ordered, items: lines };
}
