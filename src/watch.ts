/** A watch from content as text: for `scan`, the commands and the tests. The live functions have theirs parsed. */
import { assembleWatch, type Watch, type WatchOptions } from './assemble-watch.ts';
import type { Content } from './content.ts';
import { parseContent } from './parse-content.ts';

export type { Watch } from './assemble-watch.ts';

/** Throws `RuleError` when `providers.yml` cannot be read; bad rules are only reported. */
export function createWatch(options: Omit<WatchOptions, 'content'> & { readonly content: Content }): Watch {
  return assembleWatch({ ...options, content: parseContent(options.content) });
}
