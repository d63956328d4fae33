/** The outbox as a page: what was sent to whom, newest first. */
import type { Letter } from './letters.ts';

const SHOWN = 500;
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:50rem;padding:0 1rem}
article{border:1px solid #8886;border-radius:.5rem;margin:1rem 0;padding:1rem}header{color:#555;font-size:.9rem}
pre{white-space:pre-wrap;font:inherit;margin:.5rem 0 0}:root{color-scheme:light dark}@media(prefers-color-scheme:dark){header{color:#bbb}}`;

/** A self-contained page without script. */
export function pageOf(letters: readonly Letter[]): string {
  const newest = letters.slice(-SHOWN).reverse();
  const note = letters.length > SHOWN ? ` The newest ${SHOWN} are shown.` : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Outbox</title><style>${STYLE}</style><h1>Outbox</h1>
<p>${letters.length} letters, kept on this machine; nothing left it.${note}</p>${newest.map(article).join('\n')}</html>`;
}

function article({ via, at, from, to, subject, text }: Letter): string {
  const head = `${escapeHtml(at)} · ${escapeHtml(via)} · from ${escapeHtml(from)} to ${escapeHtml(to)}`;
  const title = subject === undefined ? '' : `<h2 dir="auto">${escapeHtml(subject)}</h2>`;
  return `<article><header>${head}</header>${title}<pre dir="auto">${escapeHtml(text)}</pre></article>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
