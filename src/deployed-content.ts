/**
 * What the build (infra/build.ts) puts in the place of live-content.ts: the content comes from `content.json` of the
 * bundle, one folder above the file that this ends up in. Nothing that parses YAML is imported.
 */
import { readFile } from 'node:fs/promises';
import { decodeContent, type ParsedContent } from './parsed-content.ts';

/** Reads the content that was parsed when the app was built. @throws ConfigError when it is of another version */
export async function loadLiveContent(): Promise<ParsedContent> {
  return decodeContent(await readFile(new URL('../content.json', import.meta.url), 'utf8'));
}
