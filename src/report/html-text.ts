/** Markup as a type of its own, so that text of a log can never be taken for it. */
import { visible } from './wording.ts';

/** HTML that is safe to put in a page: made by `html` or `raw` only. */
export interface Markup {
  readonly markup: string;
}

type Value = Markup | string | number | undefined | false | readonly (Markup | string | false | undefined)[];

/** Template tag: every value that is not markup is escaped; lists are joined; `undefined` and `false` are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let markup = parts[0] ?? '';
  for (const [index, value] of values.entries()) markup += render(value) + (parts[index + 1] ?? '');
  return { markup };
}

/** Markup from a constant of ours. Never for text of a log. */
export function raw(markup: string): Markup {
  return { markup };
}

/** Escapes for text and for attributes in double or single quotes; characters that cannot be seen become visible. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function render(value: Value): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}
