import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/model/notice.ts';
import { catalog } from '../../../src/notify/catalogs.ts';
import { type ComposedNotice, compose } from '../../../src/notify/compose.ts';
import { lintNotices } from '../../../src/notify/lint.ts';
import { checkLists, checkNotice } from '../../../src/notify/lint-checks.ts';
import { readingEase } from '../../../src/notify/readability.ts';
import { context, notice, person } from './sample-notice.ts';

describe('the linter of notices', () => {
  it('finds nothing in any catalog, state, variant and channel kind', () => {
    const { texts, problems } = lintNotices();
    console.log(`${texts} notices rendered and measured, ${problems.length} problems`);
    expect(problems).toEqual([]);
    // 9 languages, 3 states, 6 variants, 2 kinds, and at least 3 fillings of each.
    expect(texts).toBeGreaterThanOrEqual(9 * 3 * 6 * 2 * 3);
  }, 60_000);

  const mail = (change: (composed: ComposedNotice) => Partial<ComposedNotice>, parts: Partial<Notice> = {}) =>
    check({ state: 'tried', ...parts }, change);
  const text = (change: (text: string) => string) => mail((composed) => ({ text: change(composed.text) }));
  const html = (change: (html: string) => string) => mail((composed) => ({ html: change(composed.html ?? '') }));
  const subject = (value: string) => mail(() => ({ subject: value }));
  const sms = (change: (text: string) => string) =>
    check({ state: 'tried', kind: 'sms' }, (composed) => ({ text: change(composed.text) }));

  it.each([
    ['a link', text((t) => `${t}https://example.org/`), 'has a link, an address or an image'],
    ['a bare domain', text((t) => `${t}answer.example.org`), 'has a link, an address or an image'],
    ['a picture', html((t) => t.replace('</p>', '<img src="cid:1"></p>')), 'has a link, an address or an image'],
    ['an IP address', text((t) => `${t}192.0.2.1`), 'has an IP address'],
    ['another number', text((t) => `${t}+1 555 0199`), 'has a number that is not the one of the desk'],
    ['another address', text((t) => `${t}x@host`), 'has an address that is not the one of the desk'],
    ['the account', text((t) => `${t}jane.nilsen@example.org`), 'has the account unmasked'],
    ['an empty place', text((t) => t.replace('(j…n@…)', '()')), 'has traces of an empty place'],
    ['a place', text((t) => t.replace('K7Q4-9M2X', '{reference}')), 'has a place that was not filled'],
    ['a certainty that nobody has', text((t) => t.replace('tried', 'hacked and tried')), 'says "hack"'],
    ['blame', text((t) => `${t}You should have known.`), 'says "You should have"'],
    ['a countdown', text((t) => `${t}Answer within 24 hours.`), 'says "within 2"'],
    ['a state', text((t) => `${t}This was Iran.`), 'says "Iran"'],
    ['a click', text((t) => `${t}Click here.`), 'says "Click"'],
    ['no certainty', text((t) => t.replace('no sign', 'signs')), 'does not say how certain it is'],
    ['no promise', text((t) => t.replace('never ask', 'ask')), 'does not say that we never ask for a password'],
    ['no desk', text((t) => t.replaceAll('+15550100', 'us')), 'does not give the number of the desk'],
    ['no card', text((t) => t.replace('amber kite', '')), 'does not quote the card'],
    ['no number', text((t) => t.replace('12: ', 'x: ')), 'does not say which number of the card'],
    [
      'no organization',
      text((t) => t.replace('Daily Herald', 'We')),
      'does not name the organization in the first line',
    ],
    ['no account', text((t) => t.replace('(j…n@…)', 'x')), 'does not name the account in the first line'],
    ['four steps', text((t) => t.replace('3. ', '3. x\n4. ')), 'has more than three steps'],
    ['a long sentence', text((t) => `${t}${'go on and '.repeat(7)}stop.`), /^has a sentence of 22 words: go on/],
    ['hard words', text((t) => `${t}${'Organizational unavailability. '.repeat(20)}`), /^has a reading ease of -?\d+$/],
    ['other words in HTML', html((t) => t.replace('attempts', 'events')), 'says something else in HTML than in text'],
    ['a table', html((t) => t.replace('<p ', '<table><p ')), 'has a tag that mail needs not'],
    ['small print', html((t) => t.replace('16px', '11px')), 'has text smaller than 16 px'],
    ['no direction', html((t) => t.replace('dir="ltr">', '>')), 'has no language or direction'],
    ['no direction inside', html((t) => t.replace('text-align:left', '')), 'has no direction inside'],
    ['a header in the subject', subject('Please read\r\nBcc: x'), 'has control characters in the subject'],
    ['the account in the subject', subject('j…n@…'), 'tells too much in the subject'],
    ['the words in the subject', subject('amber kite'), 'tells too much in the subject'],
    ['no subject', subject(''), 'has no subject'],
    ['a long SMS', sms((t) => `${t} ${'a'.repeat(20)}`), /^takes 2 SMS \(GSM-7, \d+ units\)$/],
    ['a dash in an SMS', sms((t) => t.replace('. Not', ' \u2014 not')), 'has typographic dashes, quotes or dots'],
    ['lines in an SMS', sms((t) => t.replace('. ', '.\n')), 'has more than one line'],
  ])('finds %s', (_, problems, expected) => {
    expect(problems).toContainEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it.each([
    ['tells what happened', { variant: 'neutral' }, (t: string) => `${t}The password was changed or reset.`],
    [
      'tells the state',
      { variant: 'drill' },
      (t: string) => `Daily Herald security desk: someone got into your account (x).\n${t}`,
    ],
    ['names the account', { variant: 'neutral' }, (t: string) => `${t}j…n@…`],
    ['quotes the card where somebody else may read it', { variant: 'desk-line' }, (t: string) => `${t}amber kite`],
    ['quotes the card where somebody else may read it', { variant: 'helper' }, (t: string) => `${t}amber kite`],
    ['shows a code in the wrong place, or none', { code: '918273' }, (t: string) => `${t}918273`],
    ['has more than one line', { variant: 'desk-line' }, (t: string) => `${t}\nmore`],
  ] as const)('finds that a notice %s', (problem, parts, change) => {
    expect(check(parts, ({ text: before }) => ({ text: change(before) }))).toContain(problem);
  });

  it('finds a step that one language lacks', () => {
    const english = catalog('en');
    const steps = { ...english.email.steps, tried: english.email.steps.tried.slice(1) };
    expect(checkLists({ ...english, email: { ...english.email, steps } }, english)).toEqual([
      'en: email.steps.tried has 2 items, not 3',
    ]);
  });

  it('finds nothing in a notice as it is', () => {
    expect(mail(() => ({}))).toEqual([]);
  });
});

describe('reading ease', () => {
  it.each([
    ['The cat sat on the mat.', 116],
    ['We told the desk. We did not change anything.', 99],
    ['Organizational unavailability necessitates authentication.', -263],
  ])('%s', (text, ease) => {
    expect(Math.round(readingEase(text))).toBe(ease);
  });
});

/** What the linter says of a notice that was changed after composing. */
function check(
  parts: Partial<Notice>,
  change: (composed: ComposedNotice) => Partial<ComposedNotice>,
): readonly string[] {
  const sample = notice(parts);
  const composed = compose(sample, person(), context());
  const mask = sample.kind === 'sms' ? 'j*n@*' : 'j…n@…';
  const changed = { ...composed, ...change(composed) };
  return checkNotice({
    notice: sample,
    context: context(),
    words: catalog('en'),
    composed: changed,
    mask,
    name: 'Jane Nilsen',
  });
}
