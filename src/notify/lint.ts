/**
 * The linter of notices: renders every catalog × state × variant × channel kind with fillings that are as long, as many,
 * or as few as they can be, and checks what came out. Part of `npm run check` through its test.
 */
import { LANGUAGES, type Language } from '../model/enrolled-person.ts';
import { NOTICE_STATES, NOTICE_VARIANTS, type Notice, type NoticeVariant } from '../model/notice.ts';
import { CARD_WORDS } from './card.ts';
import type { Catalog } from './catalog-schema.ts';
import { catalog } from './catalogs.ts';
import { CHANGE_KINDS } from './change-kinds.ts';
import { type Addressee, compose, type NoticeContext } from './compose.ts';
import { checkLists, checkNotice, firstLine, languageProblem, type Sample } from './lint-checks.ts';
import { maskAccount } from './mask.ts';
import { formatDay } from './period.ts';
import { smsSize } from './sms-segments.ts';

/** What the linter found. */
export interface NoticeLint {
  /** Notices that were rendered and measured. */
  readonly texts: number;
  /** One line each: language, state, variant, kind, filling, and what is wrong. */
  readonly problems: readonly string[];
}

interface Filling {
  readonly name: string;
  readonly variants: readonly NoticeVariant[];
  readonly timeZone: string;
  readonly notice: Partial<Notice>;
  readonly context: Partial<NoticeContext>;
  readonly person: string;
}

const LONG_PAIR = (() => {
  const [first = '', second = ''] = CARD_WORDS.toSorted((a, b) => b.length - a.length);
  return `${first} ${second}`;
})();

const DESK = {
  deskPhone: '+155501001234567',
  deskEmail: 'security.desk@newsroom.example.org',
  answerAddress: 'answer.example.org',
};

/** Renders and measures all notices. Pure: always the same result. */
export function lintNotices(): NoticeLint {
  const problems: string[] = [];
  let texts = 0;
  for (const language of LANGUAGES) {
    const words = catalog(language);
    problems.push(...checkLists(words, catalog('en')));
    for (const filling of fillingsOf(words)) {
      const samples = samplesOf(language, words, filling);
      texts += samples.length;
      for (const sample of samples) {
        const { state, variant, kind } = sample.notice;
        const found = [...checkNotice(sample), languageProblem(language, sample.composed)];
        problems.push(
          ...found
            .filter((problem) => problem !== undefined)
            .map((problem) => `${[language, state, variant, kind, filling.name].join(' ')}: ${problem}`),
        );
      }
      problems.push(...statesApart(samples).map((problem) => `${language} ${filling.name}: ${problem}`));
    }
  }
  return { texts, problems: [...new Set(problems)] };
}

/** Everything long, with the dates of each place (only normal notices have any); nothing but what must be; and names of mixed directions. */
function fillingsOf(words: Catalog): readonly Filling[] {
  const account = 'wilhelmina-alexandra.featherstonehaugh@newsroom.example.org';
  const longest = { account, changes: [...CHANGE_KINDS], card: 40, code: '12345678' };
  const months = [words.locale, ...Object.keys(words.locales)].flatMap((place, index) => {
    const timeZone = index === 0 ? 'UTC' : zoneIn(place);
    return longMonths(words, timeZone).map((month) => ({
      name: `${place} month ${month + 1}`,
      variants: index === 0 ? NOTICE_VARIANTS : (['normal'] as const),
      timeZone,
      notice: { ...longest, from: new Date(Date.UTC(2026, month, 25, 20, 55)), to: dayIn(month) },
      context: { ...DESK, organization: 'Daily Herald', cardPair: LONG_PAIR },
      person: 'Wilhelmina Alexandra Featherstonehaugh',
    }));
  });
  const sparse = {
    name: 'sparse',
    variants: NOTICE_VARIANTS,
    timeZone: 'UTC',
    notice: { changes: [], code: '123456' },
    context: { organization: 'NGO' },
    person: 'Li',
  };
  const mixed = {
    name: 'mixed',
    variants: NOTICE_VARIANTS,
    timeZone: 'Asia/Kabul',
    notice: {
      account: 'a@example.org',
      changes: ['no-such-kind'],
      card: 1,
      from: new Date('2026-03-01T08:00:00Z'),
      code: '123456',
    },
    context: { ...DESK, organization: 'NGO', cardPair: 'amber kite' },
    person: 'Dana \u202eדנה (دانا)',
  };
  return [...months, sparse, mixed];
}

/** The months that make an SMS longest: with the longest name, in either encoding. */
function longMonths(words: Catalog, timeZone: string): readonly number[] {
  const longest = new Map<string, { readonly month: number; readonly length: number }>();
  for (let month = 0; month < 12; month++) {
    const day = formatDay(words, timeZone, dayIn(month));
    const { encoding } = smsSize(day);
    if (day.length > (longest.get(encoding)?.length ?? 0)) longest.set(encoding, { month, length: day.length });
  }
  return [...longest.values()].map(({ month }) => month);
}

function dayIn(month: number): Date {
  return new Date(Date.UTC(2026, month, 27, 9, 30));
}

/** A zone whose name begins so. */
function zoneIn(start: string): string {
  const zones: Readonly<Record<string, string>> = {
    'America/': 'America/New_York',
    'US/': 'US/Eastern',
    'Europe/': 'Europe/Berlin',
    'Australia/': 'Australia/Sydney',
  };
  return zones[start] ?? start;
}

function samplesOf(language: Language, words: Catalog, filling: Filling): readonly Sample[] {
  const person: Addressee = { name: filling.person, language, timeZone: filling.timeZone };
  const context: NoticeContext = { organization: '', draftLanguages: LANGUAGES, ...filling.context };
  return filling.variants.flatMap((variant) =>
    NOTICE_STATES.flatMap((state) =>
      (['email', 'sms'] as const).map((kind): Sample => {
        const { code, ...rest } = filling.notice;
        const notice: Notice = {
          id: 'n_lint',
          person: 'p_lint',
          channel: 'c_lint',
          reference: 'WQ4K9M2X',
          priority: 0,
          at: new Date(0),
          changes: [],
          ...rest,
          ...(variant === 'code' && code !== undefined ? { code } : {}),
          variant,
          state,
          kind,
        };
        const mask = notice.account === undefined ? '' : maskAccount(notice.account, kind === 'sms' ? '*' : '…');
        return { notice, context, words, mask, name: filling.person, composed: compose(notice, person, context) };
      }),
    ),
  );
}

/** Normal notices say which of the three states it is, and subjects and all other variants do not. */
function statesApart(samples: readonly Sample[]): readonly string[] {
  return [...new Set(samples.map(({ notice }) => notice.variant))].flatMap((variant) =>
    (['email', 'sms'] as const).flatMap((kind) => {
      const group = samples.filter(({ notice }) => notice.variant === variant && notice.kind === kind);
      const lines = new Set(group.map(({ composed }) => firstLine(composed)));
      const subjects = new Set(group.map(({ composed }) => composed.subject));
      return [
        ...(lines.size === (variant === 'normal' ? NOTICE_STATES.length : 1)
          ? []
          : [`${variant} ${kind} has ${lines.size} first lines`]),
        ...(subjects.size === 1 ? [] : [`${variant} ${kind} tells the state in the subject`]),
      ];
    }),
  );
}
