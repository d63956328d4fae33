/** `rules/providers.yml` as text. Apart from the checks, so that the deployed app, which has it parsed, holds no YAML. */
import { parseDocument } from 'yaml';
import { checkProviders, type ProvidersReading } from './knowledge.ts';

/** Reads the text of `providers.yml`. Never throws. */
export function parseProviders(text: string): ProvidersReading {
  const document = parseDocument(text);
  if (document.errors.length > 0) return { ok: false, problems: document.errors.map(({ message }) => message) };
  return checkProviders(document.toJS());
}
