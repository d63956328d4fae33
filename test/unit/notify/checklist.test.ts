/**
 * The 30 points of a good notice, those that are about words: 1 to 10, 20 to 23 and a part of 24. The others are tested in
 * checklist-*.test.ts beside this file.
 */
import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../../src/model/enrolled-person.ts';
import { NOTICE_STATES, NOTICE_VARIANTS, type Notice } from '../../../src/model/notice.ts';
import { cardPage } from '../../../src/notify/card-page.ts';
import { catalog, usableLanguages } from '../../../src/notify/catalogs.ts';
import { compose } from '../../../src/notify/compose.ts';
import { LINT_WORDS } from '../../../src/notify/lint-words.ts';
import { readingEase, sentencesOf, wordsOf } from '../../../src/notify/readability.ts';
import { smsSize } from '../../../src/notify/sms-segments.ts';
import { context, notice, person } from './sample-notice.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ISOLATES = /[\u2066-\u2069]/g;

function mail(language: Language, parts: Partial<Notice> = {}) {
  const { subject = '', text, html = '' } = compose(notice(parts), person({ language }), context());
  return { subject, html, text: text.replace(ISOLATES, ''), lines: text.replace(ISOLATES, '').split('\n') };
}

function sms(language: Language, parts: Partial<Notice> = {}): string {
  return compose(notice({ kind: 'sms', ...parts }), person({ language }), context()).text;
}

const everyMail = LANGUAGES.flatMap((language) =>
  NOTICE_VARIANTS.flatMap((variant) =>
    NOTICE_STATES.map((state) => ({
      language,
      variant,
      state,
      ...mail(language, { variant, state, ...codeOf(variant) }),
    })),
  ),
);
const everySms = LANGUAGES.flatMap((language) =>
  NOTICE_VARIANTS.flatMap((variant) =>
    NOTICE_STATES.map((state) => ({ language, variant, text: sms(language, { variant, state, ...codeOf(variant) }) })),
  ),
);

function codeOf(variant: Notice['variant']): Partial<Notice> {
  return variant === 'code' ? { code: '918273' } : {};
}

describe('content', () => {
  it('1. first line: organization, one of three states, which account, masked', () => {
    expect(NOTICE_STATES.map((state) => mail('en', { state }).lines[0])).toEqual([
      'Daily Herald security desk: someone tried to get into your account (j…n@…).',
      'Daily Herald security desk: something was changed in your account (j…n@…).',
      'Daily Herald security desk: someone got into your account (j…n@…).',
    ]);
    expect(NOTICE_STATES.map((state) => mail('fa', { state }).lines[0])).toEqual([
      'تیم امنیت دیجیتال Daily Herald: کسی تلاش کرده است وارد حساب شما (j…n@…) شود.',
      'تیم امنیت دیجیتال Daily Herald: چیزی در حساب شما (j…n@…) تغییر کرده است.',
      'تیم امنیت دیجیتال Daily Herald: کسی وارد حساب شما (j…n@…) شده است.',
    ]);
    for (const language of LANGUAGES) {
      const lines = NOTICE_STATES.map((state) => mail(language, { state }).lines[0] ?? '');
      expect(new Set(lines).size).toBe(3);
      for (const line of lines) expect(line).toMatch(/Daily Herald.*j…n@…/);
    }
  });

  it('2. when: a period with time zone in local format; no place, no address, no program, no rule', () => {
    expect(mail('en').text).toContain(
      'Friday, 25 September 2026, between 11:20 and 11:50 (Central European Summer Time)',
    );
    expect(mail('ru').text).toContain('Пятница, 25 сентября 2026');
    expect(mail('en', { state: 'tried' }).text).toContain('between 11:00 and 12:00');
    for (const { text } of everyMail) {
      expect(text).not.toMatch(
        /\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]{1,4}:[0-9a-f]{1,4}:|Mozilla|Windows|sspr|f_1|n_1|p_1/i,
      );
    }
  });

  it('3. says what we did and did not do ourselves', () => {
    for (const state of NOTICE_STATES) {
      expect(mail('en', { state }).text).toMatch(
        /What we did\nThe security desk knows about this\. .*did not .*change/,
      );
      for (const language of LANGUAGES)
        expect(mail(language, { state }).text).toContain(catalog(language).email.did[state]);
    }
  });

  it('4. one first action, at most three steps, never "click"; we never ask for password or code', () => {
    expect(mail('en', { state: 'tried' }).text).toContain(
      'What to do\nIf this was not you, call the security desk today',
    );
    expect(mail('en', { state: 'changed' }).text).toContain(
      'What to do\nIf you did not do this yourself, call the security desk now',
    );
    expect(mail('en').text).toContain('What to do\nCall the security desk now');
    for (const { language, variant, text } of everyMail) {
      expect(text.match(/^\d\. /gm)?.length ?? 0).toBeLessThanOrEqual(3);
      expect(text).not.toMatch(LINT_WORDS[language].banned);
      if (variant !== 'desk-line') expect(text).toMatch(LINT_WORDS[language].password);
    }
  });

  it('5. the contact is the one that the person knows from the card', () => {
    const holder = { id: 'p_1', ...person() };
    const settings = { ...context(), cardKey: KEY, senders: [], issuedAt: new Date(0) };
    expect(cardPage(holder, settings)).toContain('Call <bdi dir="ltr">+15550100</bdi>');
    for (const { variant, text } of everyMail) {
      if (['normal', 'neutral', 'helper'].includes(variant)) expect(text).toContain('+15550100');
    }
    for (const { text } of everySms) expect(text).not.toContain('+15550100');
    expect(sms('en')).toContain('Call the number on your safety card');
  });

  it('6. a reference of eight characters without look-alikes, and the words of the card', () => {
    for (const { variant, text } of [...everyMail, ...everySms]) {
      expect(text).toContain('K7Q4-9M2X');
      expect(text.includes('amber kite')).toBe(['normal', 'neutral', 'drill'].includes(variant));
    }
    expect(mail('en').text).toContain('Safety card, number 12: amber kite\n');
    expect(sms('en')).toContain('Card 12: amber kite.');
  });

  it('7. no link, picture, attachment or tracking', () => {
    for (const { subject, text, html } of everyMail) {
      expect(`${subject}${text}${html}`).not.toMatch(/http|www|<a[\s>]|<img|href|src=|url\(|cid:|<link|<script|<form/i);
      expect(text).not.toContain('answer.example.org');
    }
    for (const { text } of everySms) expect(text).not.toMatch(/http|www|\w\.(org|com|net)\b/i);
  });

  it('8. plain English: short sentences, easy words; no blame, countdown, color or marketing', () => {
    for (const { language, text, html } of everyMail) {
      expect(html).not.toMatch(/(?:color|background):(?!#1c2228|#ffffff)/);
      if (language !== 'en') continue;
      expect(sentencesOf(text).filter((sentence) => wordsOf(sentence).length > 20)).toEqual([]);
      expect(readingEase(text.replaceAll('Jane Nilsen', 'Ann'))).toBeGreaterThanOrEqual(60);
    }
    expect(readingEase(mail('en').text)).toBeGreaterThanOrEqual(75);
  });

  it('9. subjects are safe on a lock screen; SMS come in a normal and a neutral form', () => {
    for (const language of LANGUAGES) {
      expect(new Set(NOTICE_STATES.map((state) => mail(language, { state }).subject)).size).toBe(1);
      expect(sms(language, { variant: 'neutral' })).not.toContain('j*n@*');
      expect(new Set(NOTICE_STATES.map((state) => sms(language, { state, variant: 'neutral' }))).size).toBe(1);
    }
    expect(mail('en').subject).toBe('Daily Herald security desk: please read, ref K7Q4-9M2X');
    expect(sms('en', { variant: 'neutral' })).toBe(
      'Daily Herald desk: please call the number on your card today. Ref K7Q4-9M2X. Card 12: amber kite. No links.',
    );
    for (const { subject } of everyMail) expect(subject).not.toMatch(/j…n|amber|918273/);
  });

  it('10. certainty fits the state, and an attempt is never called a break-in', () => {
    expect(mail('en', { state: 'tried' }).text).toContain('We saw attempts only. We saw no sign that anyone got in.');
    expect(mail('en', { state: 'changed' }).text).toContain('We do not know who did this.');
    expect(mail('en').text).toContain('but we cannot be certain');
    for (const language of LANGUAGES) {
      for (const state of NOTICE_STATES) {
        const { text } = mail(language, { state });
        const { certainty } = LINT_WORDS[language];
        expect(NOTICE_STATES.filter((other) => certainty[other].test(text))).toEqual([state]);
      }
    }
  });
});

describe('language and form', () => {
  it('20. a language per person; English for drafts that nobody switched on', () => {
    expect(LANGUAGES).toEqual(['en', 'fa', 'ar', 'he', 'ru', 'uk', 'zh', 'es', 'fr']);
    expect(usableLanguages([])).toEqual(LANGUAGES.filter((language) => catalog(language).status === 'signed-off'));
    const reader = person({ language: 'uk' });
    expect(compose(notice(), reader, context({ draftLanguages: [] })).language).toBe('en');
    expect(compose(notice(), reader, context({ draftLanguages: ['uk'] })).language).toBe('uk');
  });

  it('21. right to left: on the page, inline on the block inside, and codes kept apart', () => {
    for (const language of ['fa', 'ar', 'he'] as const) {
      const { html } = mail(language);
      expect(html).toContain(`<html lang="${language}" dir="rtl">`);
      expect(html).toMatch(/<div lang="\w+" dir="rtl" style="direction:rtl;text-align:right;/);
      for (const value of ['j…n@…', '+15550100', 'desk@example.org', 'K7Q4-9M2X', '12', 'amber kite']) {
        expect(html).toContain(`<bdi dir="ltr">${value}</bdi>`);
        expect(compose(notice(), person({ language }), context()).text).toContain(`\u2066${value}\u2069`);
      }
    }
    for (const { language, text } of everySms) {
      // Where isolates do not fit, order holds because a word of the language comes first and references begin with a letter.
      if (catalog(language).direction === 'rtl') expect(text).toMatch(/^\p{Script=Arabic}|^\p{Script=Hebrew}/u);
    }
  });

  it('22. a complete text part; HTML with headings, language, 16 px and contrast, without tables', () => {
    for (const { language, html, text } of everyMail) {
      expect(text.trim().length).toBeGreaterThan(20);
      expect(html).toContain(`<html lang="${language}"`);
      expect(html).not.toMatch(/<table|<font|<center/);
      for (const [, size] of html.matchAll(/font(?:-size)?:(\d+)px/g)) expect(Number(size)).toBeGreaterThanOrEqual(16);
    }
    const { html } = mail('en');
    expect(html.match(/<h1 /g)).toHaveLength(1);
    expect(html.match(/<h2 /g)).toHaveLength(6);
    expect(html).toContain('color:#1c2228;background:#ffffff');
    expect(contrast('1c2228', 'ffffff')).toBeGreaterThan(4.5);
  });

  it('23. SMS: English in one, others in two at most, counted in GSM-7 or UCS-2; no typographic signs', () => {
    for (const { language, text } of everySms) {
      expect(smsSize(text).segments).toBeLessThanOrEqual(language === 'en' ? 1 : 2);
      expect(text).not.toMatch(/[\u2010-\u2015\u2018-\u201f\u2026\n]/);
    }
  });

  it('24. mail: subject of one line, nothing in it that could be tracked', () => {
    for (const { subject, html } of everyMail) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be in a header
      expect(subject).toMatch(/^[^\u0000-\u001f\u007f]{10,100}$/);
      expect(html).not.toMatch(/n_1|p_1|c_1|f_1/);
    }
  });
});

/** Contrast ratio of two colors (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [one, other].map(luminance).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
