/** What a catalog must hold: every text of notices, answer page and safety card, with exactly the places to be filled. */
import { z } from 'zod';
import { Language } from '../model/enrolled-person.ts';
import { CHANGE_KINDS, type ChangeKind } from './change-kinds.ts';
import { placesOf } from './template.ts';

/** A text in which each of these places stands at least once and no other does. */
function text(...places: readonly string[]) {
  return z
    .string()
    .min(1)
    .refine((value) => value === value.trim() && !/ {2}/.test(value), {
      error: 'has blanks at an end, or two in a row',
    })
    .refine((value) => placesOf(value).toSorted().join() === places.toSorted().join(), {
      error: places.length === 0 ? 'has no places to fill' : `must fill exactly ${places.join(', ')}`,
    });
}

type Text = ReturnType<typeof text>;

const steps = (least: number) => z.array(text()).min(least).max(3);

const Changes = z.strictObject(
  Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, text()])) as Record<ChangeKind, Text>,
);

const Email = z.strictObject({
  /** Always safe on a lock screen: no state, no account. */
  subject: z.strictObject({
    normal: text('organization', 'reference'),
    neutral: text('organization', 'reference'),
    drill: text('organization', 'reference'),
    code: text('organization'),
    helper: text('organization', 'reference'),
  }),
  /** First line: organization, state, account. */
  first: z.strictObject({
    tried: text('organization', 'account'),
    changed: text('organization', 'account'),
    'got-in': text('organization', 'account'),
    neutral: text('organization'),
    'desk-line': text('organization', 'reference'),
    drill: text('organization'),
    code: text('organization', 'code'),
    helper: text('organization', 'name'),
  }),
  /** Whom the notice is for. */
  addressee: text('name'),
  headings: z.strictObject({
    when: text(),
    changes: text(),
    meaning: text(),
    did: text(),
    todo: text(),
    check: text(),
  }),
  period: z.strictObject({
    day: text('weekday', 'date', 'from', 'to', 'zone'),
    days: text('weekday', 'date', 'from', 'lastWeekday', 'lastDate', 'to', 'zone'),
  }),
  changes: Changes,
  /** How certain it is, or what the message is for. */
  meaning: z.strictObject({
    tried: text(),
    changed: text(),
    'got-in': text(),
    drill: text(),
    code: text(),
    helper: text('name'),
  }),
  /** What we did and did not do. */
  did: z.strictObject({ tried: text(), changed: text(), 'got-in': text() }),
  /** The one first action. */
  action: z.strictObject({
    tried: text('desk'),
    changed: text('desk'),
    'got-in': text('desk'),
    neutral: text('desk'),
    drill: text(),
    code: text(),
    helper: text('name', 'desk'),
  }),
  /** What `{desk}` is, with and without a number in the settings. */
  desk: z.strictObject({ phone: text('phone'), card: text() }),
  steps: z.strictObject({ tried: steps(1), changed: steps(1), 'got-in': steps(1), drill: steps(1), helper: steps(1) }),
  write: text('email'),
  wasYou: text(),
  answer: text(),
  reference: text('reference'),
  card: text('number', 'words'),
  cardDiffers: text(),
  askDesk: text(),
  never: text(),
});

const Sms = z.strictObject({
  tried: text('organization', 'account', 'when', 'reference', 'card'),
  changed: text('organization', 'account', 'when', 'reference', 'card'),
  'got-in': text('organization', 'account', 'when', 'reference', 'card'),
  neutral: text('organization', 'reference', 'card'),
  'desk-line': text('organization', 'reference'),
  drill: text('organization', 'reference', 'card'),
  code: text('organization', 'code', 'reference'),
  helper: text('organization', 'name', 'reference'),
  /** What `{when}` and `{card}` are; both are left out when there is nothing to fill them with. */
  when: text('date'),
  card: text('number', 'words'),
});

const Field = z.strictObject({ label: text(), hint: text() });

const Page = z.strictObject({
  /** `<title>` and `<h1>`. */
  title: text(),
  organization: text('organization'),
  intro: text(),
  never: text(),
  language: text(),
  /** A step of two: "Step 1 of 2". */
  step: text('step', 'steps'),
  reference: Field,
  words: Field,
  continue: text(),
  confirm: z.strictObject({
    title: text(),
    reference: text('reference'),
    question: text(),
    notMe: text(),
    notMeHint: text(),
    me: text(),
    meHint: text(),
    send: text(),
    back: text(),
  }),
  done: z.strictObject({
    /** `{reference}` is shown, so that the person can quote it. */
    notMe: z.strictObject({ title: text(), text: text() }),
    me: z.strictObject({ title: text(), text: text() }),
    reference: text('reference'),
    close: text(),
  }),
  /** Asks for a pair that no notice has quoted, which closes the case. */
  challenge: z.strictObject({ title: text(), text: text('number'), closed: text() }),
  errors: z.strictObject({
    /** Before the page title, and over the list of errors. */
    prefix: text(),
    summary: text(),
    referenceMissing: text(),
    referenceForm: text(),
    wordsMissing: text(),
    choiceMissing: text(),
    /** The same for a wrong reference, wrong words and a closed case: nobody learns which. */
    noMatch: text(),
    expired: text(),
    tooMany: text(),
    failed: text(),
    notFound: text(),
  }),
  /** `{desk}` as in notices. */
  desk: text('desk'),
  deskPhone: text('phone'),
  deskCard: text(),
});

const Card = z.strictObject({
  title: text(),
  holder: text('name'),
  keep: text(),
  checkTitle: text(),
  check: z.array(text()).min(3).max(4),
  never: text(),
  deskTitle: text(),
  phone: text('phone'),
  email: text('email'),
  noPhone: text(),
  answerTitle: text(),
  answerCall: text(),
  answerPage: text('address'),
  answerSms: text('example'),
  sendersTitle: text(),
  pairsTitle: text(),
  pairsNote: text(),
  lost: text(),
  issued: text('date'),
});

/** One language's words. Data: `src/notify/catalogs/<language>.json`. */
export const Catalog = z.strictObject({
  language: Language,
  /** The language's name for itself. */
  name: text(),
  direction: z.enum(['ltr', 'rtl']),
  /** `draft`: no native speaker has signed it off; used only when POSTERN_DRAFT_LANGUAGES names it. */
  status: z.enum(['signed-off', 'draft']),
  /** Locale of dates, with its calendar and digits. */
  locale: z.string(),
  /** Other locales by the beginning of the time zone: `America/` → `en-US`. The longest that fits wins. */
  locales: z.record(z.string(), z.string()),
  email: Email,
  sms: Sms,
  page: Page,
  card: Card,
});
/** One language's words. */
export type Catalog = z.infer<typeof Catalog>;
