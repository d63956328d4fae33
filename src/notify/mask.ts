import { cleanLine } from './clean.ts';

/**
 * An account as notices name it: enough for its owner, nothing for others. `jane.nilsen@example.org` → `j…n@…`.
 * `gap` stands for what is left out; SMS take `*`, because one `…` would make the whole text UCS-2.
 */
export function maskAccount(account: string, gap = '…'): string {
  const line = cleanLine(account).replace(/\s/g, '');
  const at = line.lastIndexOf('@');
  // A guest's name carries the mailbox and `#EXT#` before the tenant.
  const points = [...(at < 0 ? line : line.slice(0, at)).replace(/#EXT#$/i, '')];
  const first = points[0] ?? '';
  const last = points.length > 2 ? points.at(-1) : '';
  return `${first}${gap}${last}${at < 0 ? '' : `@${gap}`}`;
}
