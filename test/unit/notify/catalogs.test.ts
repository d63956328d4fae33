import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../src/model/enrolled-person.ts';
import { Catalog } from '../../../src/notify/catalog-schema.ts';
import { catalog, usableLanguage, usableLanguages } from '../../../src/notify/catalogs.ts';

/** Paths of all texts of a catalog, as `email.first.tried`. */
function paths(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => paths(item, path === '' ? key : `${path}.${key}`));
}

const english = catalog('en');
const ofTexts = (language: (typeof LANGUAGES)[number]) =>
  paths(catalog(language)).filter((path) => !path.startsWith('locales.'));

describe('catalogs', () => {
  it.each(LANGUAGES)('%s is its own language, with the texts of the English one', (language) => {
    expect(catalog(language).language).toBe(language);
    expect(ofTexts(language)).toEqual(ofTexts('en'));
    expect(catalog(language).direction).toBe(['fa', 'ar', 'he'].includes(language) ? 'rtl' : 'ltr');
  });

  it('share no text by oversight', () => {
    const same = LANGUAGES.filter((language) => language !== 'en').flatMap((language) => {
      const { email, sms, page, card } = catalog(language);
      return paths({ email, sms, page, card })
        .filter((path) => read({ email, sms, page, card }, path) === read(english, path))
        .map((path) => `${language} ${path}`);
    });
    expect(same).toEqual(['es page.errors.prefix']);
  });

  it.each([
    ['a missing place', (text: string) => text.replace('{account}', '')],
    ['a misspelled place', (text: string) => text.replace('{account}', '{acount}')],
    ['a place too many', (text: string) => `${text} {code}`],
    ['two blanks in a row', (text: string) => text.replace(' ', '  ')],
    ['no text', () => ''],
  ])('are refused for %s', (_, change) => {
    const email = { ...english.email, first: { ...english.email.first, tried: change(english.email.first.tried) } };
    expect(Catalog.safeParse({ ...english, email }).success).toBe(false);
  });

  it('are refused for a text that is missing or unknown', () => {
    const { never: _, ...without } = english.page;
    expect(Catalog.safeParse({ ...english, page: without }).success).toBe(false);
    expect(Catalog.safeParse({ ...english, page: { ...english.page, more: 'x' } }).success).toBe(false);
  });
});

describe('which language is used', () => {
  it('is English alone until drafts are switched on', () => {
    expect(usableLanguages([])).toEqual(['en']);
    expect(usableLanguages(['ar', 'fa'])).toEqual(['en', 'fa', 'ar']);
    expect(usableLanguage('fa', [])).toBe('en');
    expect(usableLanguage('fa', ['fa'])).toBe('fa');
    expect(usableLanguage('fa', ['ar'])).toBe('en');
  });
});

function read(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
}
