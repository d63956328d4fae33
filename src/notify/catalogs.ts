/** The list of catalogs, and which of them may be used. */
import { LANGUAGES, type Language } from '../model/enrolled-person.ts';
import { Catalog } from './catalog-schema.ts';
import ar from './catalogs/ar.json' with { type: 'json' };
import en from './catalogs/en.json' with { type: 'json' };
import es from './catalogs/es.json' with { type: 'json' };
import fa from './catalogs/fa.json' with { type: 'json' };
import fr from './catalogs/fr.json' with { type: 'json' };
import he from './catalogs/he.json' with { type: 'json' };
import ru from './catalogs/ru.json' with { type: 'json' };
import uk from './catalogs/uk.json' with { type: 'json' };
import zh from './catalogs/zh.json' with { type: 'json' };

const RAW: Readonly<Record<Language, unknown>> = { en, fa, ar, he, ru, uk, zh, es, fr };
const parsed = new Map<Language, Catalog>();

/** The words of a language, checked on first use. @throws ZodError when the file is not as it should be */
export function catalog(language: Language): Catalog {
  const known = parsed.get(language);
  if (known) return known;
  const fresh = Catalog.parse(RAW[language]);
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
