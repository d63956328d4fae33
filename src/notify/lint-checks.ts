/** What must hold for a rendered notice. Each check gives what is wrong, as a short phrase; nothing when all is well. */
import type { Language } from '../model/enrolled-person.ts';
import type { Notice } from '../model/notice.ts';
import type { Catalog } from './catalog-schema.ts';
import { type ComposedNotice, isShortEnough, type NoticeContext } from './compose.ts';
import { LINT_WORDS } from './lint-words.ts';
import { readingEase, sentencesOf, wordsOf } from './readability.ts';
import { formatReference } from './reference.ts';
import { smsSize } from './sms-segments.ts';

/** A notice, what it was made from, and how it came out. */
export interface Sample {
  readonly notice: Notice;
  readonly context: NoticeContext;
  readonly words: Catalog;
  readonly composed: ComposedNotice;
  /** The masked account as it should appear; empty when the notice has none. */
  readonly mask: string;
  /** The person's name: not counted as reading matter. */
  readonly name: string;
}

type Check = (sample: Sample) => readonly (string | false | undefined)[];

/** English of at least this ease (Flesch). */
export const LEAST_READING_EASE = 60;
/** Words of an English sentence. */
export const MOST_WORDS = 20;
const LINK =
  /https?:|www\.|ftp:|mailto:|\bhref\b|<a\b|\bsrc\b|<img|url\(|utm_|\b[a-z0-9-]+\.(?:com|org|net|io|info|me|link)\b/i;
const TAGS = new Set(['html', 'head', 'meta', 'title', 'body', 'div', 'h1', 'h2', 'p', 'ol', 'ul', 'li', 'bdi']);
const ISOLATES = /[\u2066-\u2069]/g;

/** All problems of a rendered notice. */
export function checkNotice(sample: Sample): readonly string[] {
  const forAll = [links, numbers, filled, banned, identity, quiet];
  const forKind: readonly Check[] = sample.notice.kind === 'sms' ? [sms] : [subject, email, html, reading];
  return [...forAll, ...forKind].flatMap((check) => check(sample).filter((problem) => typeof problem === 'string'));
}

/** The first line of a notice, without isolates. */
export function firstLine({ text }: ComposedNotice): string {
  return (text.split('\n')[0] ?? '').replace(ISOLATES, '');
}

const links: Check = ({ composed, context }) => {
  const parts = [composed.text, composed.subject ?? '', composed.html ?? ''];
  const rest = parts
    .join('\n')
    .replaceAll(context.deskEmail ?? '\0', '')
    .replaceAll('<!doctype html>', '');
  return [
    LINK.test(rest) && 'has a link, an address or an image',
    /\b\d{1,3}(?:\.\d{1,3}){3}\b/.test(rest) && 'has an IP address',
  ];
};

const numbers: Check = ({ notice, context, composed }) => {
  const known = [context.deskPhone, context.deskEmail, notice.code].filter((value) => value !== undefined);
  const rest = known.reduce((text, value) => text.replaceAll(value, ''), composed.text);
  return [
    /\+?\d[\d -]{6,}\d/.test(rest) && 'has a number that is not the one of the desk',
    /[^\s()（）]@[^*…\s]/.test(rest) && 'has an address that is not the one of the desk',
    notice.account !== undefined && composed.text.includes(notice.account) && 'has the account unmasked',
  ];
};

const filled: Check = ({ composed }) => {
  const text = `${composed.subject ?? ''}\n${composed.text}`.replace(ISOLATES, '');
  return [
    /[{}]|undefined|null|NaN|Invalid Date/.test(text) && 'has a place that was not filled',
    /\(\s*\)|（\s*）| {2}|\s[.,،。，]|\.\.(?!\.)|::/.test(text) && 'has traces of an empty place',
  ];
};

const banned: Check = ({ composed, words, context }) => {
  const text = `${composed.subject ?? ''}\n${composed.text}`.replaceAll(context.organization, '');
  const match = LINT_WORDS[words.language].banned.exec(text);
  return [match !== null && `says "${match[0]}"`];
};

/** Organization, reference, card pair and account, where they belong and nowhere else. */
const identity: Check = ({ notice, context, composed, mask }) => {
  const text = composed.text.replace(ISOLATES, '');
  const hasPair = context.cardPair !== undefined && notice.card !== undefined;
  const showsPair = hasPair && ['normal', 'neutral', 'drill'].includes(notice.variant);
  const pairAt = text.indexOf(context.cardPair ?? '\0');
  return [
    !firstLine(composed).includes(context.organization) && 'does not name the organization in the first line',
    !text.includes(formatReference(notice.reference)) && 'has no reference',
    showsPair && pairAt < 0 && 'does not quote the card',
    showsPair &&
      !text.slice(Math.max(0, pairAt - 30), pairAt).includes(String(notice.card)) &&
      'does not say which number of the card',
    !showsPair && pairAt >= 0 && 'quotes the card where somebody else may read it',
    notice.variant === 'normal' &&
      notice.state &&
      mask !== '' &&
      !firstLine(composed).includes(mask) &&
      'does not name the account in the first line',
    notice.code !== undefined &&
      text.includes(notice.code) !== (notice.variant === 'code') &&
      'shows a code in the wrong place, or none',
  ];
};

/** Everything but the normal notice keeps silent about what happened. */
const quiet: Check = ({ notice, composed, words, mask }) => {
  const { variant } = notice;
  if (variant === 'normal') return [];
  const { first, meaning, changes } = words.email;
  const telling = [meaning.tried, meaning.changed, meaning['got-in'], ...Object.values(changes)];
  const parts = [first.tried, first.changed, first['got-in']].flatMap((line) => line.split(/\{\w+\}/));
  const states = parts.filter((part) => part.length > 4 && !first[variant].includes(part));
  return [
    telling.some((part) => composed.text.includes(part)) && 'tells what happened',
    states.some((part) => firstLine(composed).includes(part)) && 'tells the state',
    mask !== '' && composed.text.includes(mask) && 'names the account',
  ];
};

const sms: Check = ({ composed, words }) => {
  const size = smsSize(composed.text);
  return [
    !isShortEnough(composed.text, words.language) &&
      `takes ${size.segments} SMS (${size.encoding}, ${size.units} units)`,
    /[\u2010-\u2015\u2018-\u201f\u2026\u00ab\u00bb]/.test(composed.text) && 'has typographic dashes, quotes or dots',
    composed.text.includes('\n') && 'has more than one line',
  ];
};

const subject: Check = ({ notice, composed, context, mask }) => {
  const line = composed.subject ?? '';
  const secrets = [mask, notice.code ?? '', context.cardPair ?? ''].filter((value) => value !== '');
  return [
    line === '' && 'has no subject',
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be in a header
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line) && 'has control characters in the subject',
    line.length > 100 && `has a subject of ${line.length} characters`,
    secrets.some((value) => line.includes(value)) && 'tells too much in the subject',
  ];
};

const email: Check = ({ notice, context, composed, words }) => {
  const { text } = composed;
  const { certainty, password } = LINT_WORDS[words.language];
  const desk = context.deskPhone ?? words.email.desk.card;
  const calls = ['normal', 'neutral', 'helper'].includes(notice.variant);
  return [
    (text.match(/^\d\. /gm)?.length ?? 0) > 3 && 'has more than three steps',
    calls && !text.includes(desk) && 'does not give the number of the desk',
    notice.variant !== 'desk-line' && !password.test(text) && 'does not say that we never ask for a password',
    notice.variant === 'normal' &&
      notice.state &&
      !certainty[notice.state].test(text) &&
      'does not say how certain it is',
    notice.variant === 'desk-line' && text.trim().includes('\n') && 'has more than one line',
  ];
};

const html: Check = ({ composed, words }) => {
  const markup = composed.html ?? '';
  const tags = [...markup.matchAll(/<\/?([a-z][a-z0-9]*)/g)].map((match) => match[1] ?? '');
  const sizes = [...markup.matchAll(/font(?:-size)?:(\d+)px/g)].map((match) => Number(match[1]));
  const inner = `<div lang="${words.language}" dir="${words.direction}" style="direction:${words.direction};text-align:${words.direction === 'rtl' ? 'right' : 'left'};`;
  return [
    tags.some((tag) => !TAGS.has(tag)) && 'has a tag that mail needs not',
    !markup.includes(`<html lang="${words.language}" dir="${words.direction}">`) && 'has no language or direction',
    !markup.includes(inner) && 'has no direction inside',
    sizes.some((size) => size < 16) && 'has text smaller than 16 px',
    plainTextOf(markup) !== plainTextOf(composed.text) && 'says something else in HTML than in text',
  ];
};

const reading: Check = ({ composed, words, name }) => {
  if (words.language !== 'en') return [];
  const long = sentencesOf(composed.text).find((sentence) => wordsOf(sentence).length > MOST_WORDS);
  const ease = readingEase(composed.text.replaceAll(name, 'Ann'));
  return [
    long !== undefined && `has a sentence of ${wordsOf(long).length} words: ${long}`,
    ease < LEAST_READING_EASE && `has a reading ease of ${Math.round(ease)}`,
  ];
};

/** The words alone: without tags, title, entities, list marks, isolates and line breaks. */
function plainTextOf(markup: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return markup
    .replace(/<head>.*?<\/head>/s, '')
    .replace(/<\/?(?:bdi)[^>]*>/g, '')
    .replace(/<[^>]*>/g, '\n')
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] ?? '')
    .replace(ISOLATES, '')
    .replace(/^(?:-|\d\.) /gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Lists of a catalog must be as long as those of the English one: a step that is missing in one language is a defect. */
export function checkLists(words: Catalog, english: Catalog): readonly string[] {
  const lists = (catalog: Catalog): readonly (readonly [string, number])[] => [
    ...Object.entries(catalog.email.steps).map(([name, items]) => [`email.steps.${name}`, items.length] as const),
    ['card.check', catalog.card.check.length],
  ];
  const expected = new Map(lists(english));
  return lists(words)
    .filter(([name, length]) => expected.get(name) !== length)
    .map(([name, length]) => `${words.language}: ${name} has ${length} items, not ${expected.get(name)}`);
}

/** In which language a sample was to be written. */
export function languageProblem(language: Language, composed: ComposedNotice): string | undefined {
  return composed.language === language ? undefined : `is written in ${composed.language}`;
}
