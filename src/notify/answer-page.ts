/**
 * The page on which a person answers a notice: reached by typing a short address from the safety card, works without
 * script, on a phone, in every language. Pure: a view in, a page out. What is typed comes back only into its own fields.
 */
import { createHash } from 'node:crypto';
import type { Language } from '../model/enrolled-person.ts';
import type { Catalog } from './catalog-schema.ts';
import { catalog, usableLanguages } from './catalogs.ts';
import { cleanLine, cleanName } from './clean.ts';
import { escapeHtml, inline } from './document.ts';
import { formatReference } from './reference.ts';
import { code, fill, type Line, named } from './template.ts';

/** What a page shows. */
export type AnswerView =
  | { readonly kind: 'form'; readonly typed?: Typed; readonly errors?: readonly FormError[] }
  | { readonly kind: 'confirm'; readonly typed: Typed; readonly reference: string; readonly isChoiceMissing?: boolean }
  /** `challenge`: number of the card pair that would close the case. */
  | {
      readonly kind: 'done';
      readonly answer: 'me' | 'not-me';
      readonly reference: string;
      readonly challenge?: { readonly number: number; readonly typed: Typed };
    }
  | { readonly kind: 'closed'; readonly reference: string };

/** Reference and words as typed. */
export interface Typed {
  readonly reference: string;
  readonly words: string;
}

/** What is wrong with the form. `noMatch` and `tooMany` are about the whole. */
export type FormError = 'referenceMissing' | 'referenceForm' | 'wordsMissing' | 'noMatch' | 'tooMany' | 'failed';

/** What a page says of the organization. */
export interface AnswerPageContext {
  readonly language: Language;
  readonly organization: string;
  readonly deskPhone?: string | undefined;
  /** POSTERN_DRAFT_LANGUAGES */
  readonly draftLanguages: readonly Language[];
}

const STYLE = `
:root{color-scheme:light dark;--text:#1b1f23;--back:#fff;--line:#5c6570;--accent:#0b57a4;--accent-text:#fff;--wrong:#a80f1f;--soft:#f2f4f6}
@media(prefers-color-scheme:dark){:root{--text:#eceff2;--back:#15181b;--line:#98a2ad;--accent:#8cc4ff;--accent-text:#08131f;--wrong:#ffa3ab;--soft:#22272c}}
*{box-sizing:border-box}
body{margin:0;color:var(--text);background:var(--back);font:1.0625rem/1.6 system-ui,-apple-system,'Segoe UI',Roboto,Tahoma,Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:34rem;margin:0 auto;padding:1.25rem}
h1{font-size:1.5rem;line-height:1.3;margin:.25rem 0 1rem}
h2{font-size:1.2rem;line-height:1.35;margin:2rem 0 .5rem}
a{color:var(--accent)}
label,legend{display:block;font-weight:600;margin-top:1.25rem}
fieldset{border:0;margin:0;padding:0}
.hint{margin:.1rem 0 .35rem;color:var(--text)}
input[type=text]{width:100%;font:inherit;padding:.65rem;border:2px solid var(--line);border-radius:.4rem;background:var(--back);color:var(--text)}
.choice{position:relative;display:flex;gap:.75rem;align-items:flex-start;border:2px solid var(--line);border-radius:.4rem;padding:.75rem;margin-top:.75rem}
.choice label{margin:0;flex:1}.choice input{width:1.4rem;height:1.4rem;margin:.15rem 0 0;accent-color:var(--accent);position:relative;z-index:1}
.choice label::after{content:'';position:absolute;inset:0}
.choice .hint{font-weight:400;display:block}
.choice:has(:checked){border-color:var(--accent);background:var(--soft)}
button,.button{display:inline-block;font:inherit;font-weight:600;min-height:2.75rem;padding:.55rem 1.4rem;margin-top:1.5rem;border:0;border-radius:.4rem;background:var(--accent);color:var(--accent-text);cursor:pointer;text-decoration:none}
.wrong{border-inline-start:.35rem solid var(--wrong);padding:.6rem .9rem;background:var(--soft)}
.wrong p{margin:0}.wrong ul{margin:.4rem 0 0;padding-inline-start:1.2rem}.wrong a{color:var(--wrong);font-weight:600}
.desk{border:2px solid var(--line);border-radius:.4rem;padding:.75rem;font-size:1.15rem;font-weight:600}
.error{color:var(--wrong);font-weight:600;margin:.1rem 0}
input[aria-invalid=true]{border-color:var(--wrong)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
footer{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:.75rem}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.25rem 0}
nav a{display:inline-block;padding:.3rem 0}
`;

/** The policy of the page: nothing but its own style, and forms that go back to where they came from. */
export const ANSWER_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** The page for a view. */
export function answerPage(view: AnswerView, context: AnswerPageContext): string {
  const words = catalog(context.language);
  const { page } = words;
  const isWrong =
    (view.kind === 'form' && (view.errors?.length ?? 0) > 0) || (view.kind === 'confirm' && view.isChoiceMissing);
  const heading = titleOf(view, words);
  return `<!doctype html>
<html lang="${context.language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(isWrong ? `${page.errors.prefix}: ${heading}` : heading)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p>${inline(fill(page.organization, { organization: named(cleanName(context.organization, 40)) }))}</p>
<h1>${escapeHtml(heading)}</h1>
${bodyOf(view, words, context)}
<footer>
<p>${inline(deskLine(words, context))}</p>
<p>${escapeHtml(page.never)}</p>
${languagesOf(words, context)}
</footer>
</main>
</body>
</html>
`;
}

function titleOf(view: AnswerView, { page }: Catalog): string {
  if (view.kind === 'confirm') return page.confirm.title;
  if (view.kind === 'done') return view.answer === 'not-me' ? page.done.notMe.title : page.done.me.title;
  return view.kind === 'closed' ? page.done.me.title : page.title;
}

function bodyOf(view: AnswerView, words: Catalog, context: AnswerPageContext): string {
  switch (view.kind) {
    case 'form':
      return formOf(view, words, context);
    case 'confirm':
      return confirmOf(view, words, context);
    case 'done':
      return doneOf(view, words, context);
    case 'closed':
      return `${referenceOf(view.reference, words)}<p>${escapeHtml(words.page.challenge.closed)}</p>`;
  }
}

function formOf(
  { typed, errors = [] }: Extract<AnswerView, { kind: 'form' }>,
  { page }: Catalog,
  context: AnswerPageContext,
): string {
  const ofReference = errors.find((error) => error === 'referenceMissing' || error === 'referenceForm');
  const ofWords = errors.find((error) => error === 'wordsMissing');
  return `<p>${escapeHtml(page.intro)}</p>
${summaryOf(errors, page)}
${openForm(context)}
<p>${inline(fill(page.step, { step: '1', steps: '2' }))}</p>
${fieldOf('reference', page.reference, typed?.reference ?? '', ofReference && page.errors[ofReference])}
${fieldOf('words', page.words, typed?.words ?? '', ofWords && page.errors[ofWords])}
<button name="step" value="open">${escapeHtml(page.continue)}</button>
</form>`;
}

function confirmOf(view: Extract<AnswerView, { kind: 'confirm' }>, words: Catalog, context: AnswerPageContext): string {
  const { confirm, errors, step } = words.page;
  const error = view.isChoiceMissing ? errors.choiceMissing : undefined;
  const described = error ? ' aria-describedby="choice-error"' : '';
  return `${error ? summaryOf(['choiceMissing'], words.page) : ''}
<p>${inline(fill(confirm.reference, { reference: code(formatReference(view.reference)) }))}</p>
${openForm(context)}
<p>${inline(fill(step, { step: '2', steps: '2' }))}</p>
${hidden(view.typed)}
<fieldset${described}><legend>${escapeHtml(confirm.question)}</legend>
${error ? `<p class="error" id="choice-error">${escapeHtml(error)}</p>` : ''}
${choiceOf('not-me', confirm.notMe, confirm.notMeHint)}
${choiceOf('me', confirm.me, confirm.meHint)}
</fieldset>
<button name="step" value="give">${escapeHtml(confirm.send)}</button>
</form>
<p><a href="?lang=${context.language}">${escapeHtml(confirm.back)}</a></p>`;
}

function doneOf(
  { answer, reference, challenge }: Extract<AnswerView, { kind: 'done' }>,
  words: Catalog,
  context: AnswerPageContext,
): string {
  const { done, challenge: texts, continue: next } = words.page;
  const text = answer === 'not-me' ? done.notMe.text : done.me.text;
  const ask = challenge
    ? `<section><h2>${escapeHtml(texts.title)}</h2>
<p>${inline(fill(texts.text, { number: code(String(challenge.number)) }))}</p>
${openForm(context)}${hidden(challenge.typed)}
${fieldOf('pair', { label: words.page.words.label, hint: '' }, '', undefined)}
<button name="step" value="prove">${escapeHtml(next)}</button></form></section>`
    : `<p>${escapeHtml(done.close)}</p>`;
  // What is to be done now is to call: whom must not be looked for at the end of the page.
  const call = answer === 'not-me' ? `<p class="desk">${inline(deskLine(words, context))}</p>` : '';
  return `<p>${escapeHtml(text)}</p>${call}${referenceOf(reference, words)}${ask}`;
}

function referenceOf(reference: string, { page }: Catalog): string {
  return `<p>${inline(fill(page.done.reference, { reference: code(formatReference(reference)) }))}</p>`;
}

function openForm({ language }: AnswerPageContext): string {
  return `<form method="post" action="?lang=${language}" autocomplete="off" novalidate>`;
}

function hidden({ reference, words }: Typed): string {
  return `<input type="hidden" name="reference" value="${escapeHtml(reference)}"><input type="hidden" name="words" value="${escapeHtml(words)}">`;
}

function fieldOf(
  name: string,
  { label, hint }: { readonly label: string; readonly hint: string },
  value: string,
  error: string | undefined,
): string {
  const ids = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return `<label for="${name}">${escapeHtml(label)}</label>
${hint ? `<p class="hint" id="${name}-hint">${escapeHtml(hint)}</p>` : ''}
${error ? `<p class="error" id="${name}-error">${escapeHtml(error)}</p>` : ''}
<input type="text" id="${name}" name="${name}" value="${escapeHtml(value)}" dir="ltr" maxlength="80" autocapitalize="off" autocorrect="off" spellcheck="false"${ids ? ` aria-describedby="${ids}"` : ''}${error ? ' aria-invalid="true"' : ''}>`;
}

function choiceOf(value: 'me' | 'not-me', label: string, hint: string): string {
  return `<div class="choice"><input type="radio" id="${value}" name="answer" value="${value}"><label for="${value}">${escapeHtml(label)}<span class="hint">${escapeHtml(hint)}</span></label></div>`;
}

function summaryOf(errors: readonly (FormError | 'choiceMissing')[], page: Catalog['page']): string {
  if (errors.length === 0) return '';
  const items = errors.map((error) => {
    const field = FIELD_OF[error];
    const text = escapeHtml(page.errors[error]);
    return `<li>${field ? `<a href="#${field}">${text}</a>` : text}</li>`;
  });
  // Focused, because a page that is loaded anew is not announced by its role; works without script.
  return `<div class="wrong" role="alert" tabindex="-1" autofocus><p><strong>${escapeHtml(page.errors.summary)}</strong></p><ul>${items.join('')}</ul></div>`;
}

/** Id of the field that an error is about. */
const FIELD_OF: Readonly<Partial<Record<FormError | 'choiceMissing', string>>> = {
  referenceMissing: 'reference',
  referenceForm: 'reference',
  wordsMissing: 'words',
  choiceMissing: 'not-me',
};

function deskLine({ page }: Catalog, { deskPhone }: AnswerPageContext): Line {
  const phone = cleanLine(deskPhone ?? '', 20);
  const desk = phone ? fill(page.deskPhone, { phone: code(phone) }) : fill(page.deskCard, {});
  return fill(page.desk, { desk });
}

function languagesOf({ page }: Catalog, { language, draftLanguages }: AnswerPageContext): string {
  const others = usableLanguages(draftLanguages).filter((one) => one !== language);
  if (others.length === 0) return '';
  const links = others.map((one) => {
    const { name, direction } = catalog(one);
    return `<li><a href="?lang=${one}" lang="${one}" dir="${direction}">${escapeHtml(name)}</a></li>`;
  });
  return `<nav aria-label="${escapeHtml(page.language)}"><ul>${links.join('')}</ul></nav>`;
}
