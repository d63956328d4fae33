/**
 * The content that the live functions evaluate with. The build (infra/build.ts) puts another module in the place of this
 * one, which reads `content.json` beside the bundle: parsed at build time, so that no YAML parser is deployed.
 */
import { loadContent } from './content.ts';
import { parseContent } from './parse-content.ts';
import type { ParsedContent } from './parsed-content.ts';

/** Reads the content; each call reads anew. @throws RuleError */
export async function loadLiveContent(): Promise<ParsedContent> {
  return parseContent(await loadContent());
}
