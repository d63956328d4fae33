/** The list of catalogs, and which of them may be used. */
import { LANGUAGES, type Language } from '../model/enrolled-person.ts';
import { Catalog } from './catalog-schema.ts';
import en from './catalogs/en.json' with { type: 'json' };

const RAW: Partial<Record<Language, unknown>> = { en };
const parsed = new Map<Language, Catalog>();

/** The words of a language, checked on first use. @throws ZodError when the file is not as it should be */
export function catalog(language: Language): Catalog {
  const known = parsed.get(language);
  if (known) return known;
  const fresh = Catalog.parse(RAW[language] ?? RAW.en);
  parsed.set(language, fresh);
  return fresh;
}

/** The language to write in: the person's, or English while theirs is a draft that is not switched on. */
export function usableLanguage(language: Language, draftLanguages: readonly Language[]): Language {
  return usableLanguages(draftLanguages).includes(language) ? language : 'en';
}

/** The languages that may be used, in the order of `LANGUAGES`: signed off, or listed in POSTERN_DRAFT_LANGUAGES. */
export function usableLanguages(draftLanguages: readonly Language[]): readonly Language[] {
  return LANGUAGES.filter((language) => catalog(language).status === 'signed-off' || draftLanguages.includes(language));
}
