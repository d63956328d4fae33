/** The safety card as a page to print: one file, no script, nothing from outside. */
import { createHash } from 'node:crypto';
import type { Language } from '../model/enrolled-person.ts';
import { cardPairs, personCardKey } from './card.ts';
import type { Catalog } from './catalog-schema.ts';
import { catalog, usableLanguage } from './catalogs.ts';
import { cleanLine, cleanName } from './clean.ts';
import { escapeHtml, inline } from './document.ts';
import { formatDate } from './period.ts';
import { code, fill, type Line, named } from './template.ts';

/** Whose card it is: part of `EnrolledPerson`. */
export interface CardHolder {
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  readonly timeZone: string;
  /** Generation of the card; absent = the first. */
  readonly card?: number | undefined;
}

/** What a card says of the organization. */
export interface CardContext {
  /** POSTERN_CARD_KEY, base64. */
  readonly cardKey: string;
  readonly organization: string;
  readonly deskPhone?: string | undefined;
  readonly deskEmail?: string | undefined;
  /** POSTERN_ANSWER_ADDRESS */
  readonly answerAddress?: string | undefined;
  /** Whether answers by SMS arrive: only a two-way number takes them. */
  readonly smsReplies?: boolean;
  /** Addresses, numbers and names that notices come from. */
  readonly senders: readonly string[];
  /** POSTERN_DRAFT_LANGUAGES */
  readonly draftLanguages: readonly Language[];
  readonly issuedAt: Date;
}

const STYLE = `
*{box-sizing:border-box}
html{color-scheme:light;-webkit-text-size-adjust:100%}
body{margin:0;background:#fff;color:#1c2228;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Vazirmatn,"Noto Sans",Tahoma,Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:50rem;margin:0 auto;padding:1.25rem}
h1{font-size:1.6rem;line-height:1.25;margin:0}
h2{font-size:1.05rem;line-height:1.3;margin:1.2rem 0 .3rem}
p,ul,ol{margin:.3rem 0}
ul,ol{padding-inline-start:1.4rem}
header{border-bottom:2px solid #1c2228;padding-bottom:.6rem;margin-bottom:.8rem}
header p{margin:.15rem 0 0}
.desk{font-size:1.25rem;font-weight:650}
.line{display:block;border-bottom:1px solid #1c2228;height:1.8rem;max-width:20rem}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));column-gap:2rem}
.pairs{columns:11rem;column-gap:1.2rem;padding:0;margin:.5rem 0 0;list-style:none;border-top:1px solid #767d85;padding-top:.5rem}
.pairs li{display:flex;gap:.6rem;break-inside:avoid;padding:.12rem 0}
.pairs b{flex:none;min-width:1.6em;text-align:end;font-variant-numeric:tabular-nums}
.pairs bdi{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
footer{margin-top:1rem;border-top:1px solid #767d85;padding-top:.5rem}
@page{size:A4;margin:12mm}
@media print{
body{font-size:10pt;line-height:1.4}
main{max-width:none;padding:0}
h1{font-size:17pt}h2{font-size:11.5pt;margin-top:8pt;break-after:avoid}
.desk{font-size:13pt}
.two{grid-template-columns:1fr 1fr}
.pairs{columns:4}
}
`;

/** Content security policy of the page: its one style sheet by hash, and nothing else. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The card of one person in their language, to be printed and handed over in person. Secret: it holds all pairs. */
export function cardPage(holder: CardHolder, context: CardContext): string {
  const language = usableLanguage(holder.language, context.draftLanguages);
  const words = catalog(language);
  const { card } = words;
  const organization = { organization: named(cleanName(context.organization, 40)) };
  const issued = fill(card.issued, { date: formatDate(words, holder.timeZone, context.issuedAt) });
  return `<!doctype html>
<html lang="${language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escapeHtml(card.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(card.title)}</h1>
${paragraph(fill(words.page.organization, organization))}
${paragraph(fill(card.holder, { name: named(cleanName(holder.name)) }))}
</header>
${paragraph(fill(card.keep, {}))}
${deskSection(words, context)}
<div class="two">
${checkSection(words)}
${answerSection(words, context)}
</div>
${sendersSection(words, context)}
${pairsSection(words, holder, context)}
<footer>
${paragraph(fill(card.lost, {}))}
${paragraph(issued)}
</footer>
</main>
</body>
</html>
`;
}

function deskSection({ card }: Catalog, context: CardContext): string {
  const phone = cleanLine(context.deskPhone ?? '', 20);
  const email = cleanLine(context.deskEmail ?? '');
  const call = phone
    ? `<p class="desk">${inline(fill(card.phone, { phone: code(phone) }))}</p>`
    : `<p>${inline(fill(card.noPhone, {}))}<span class="line"></span></p>`;
  return section(card.deskTitle, call, email && paragraph(fill(card.email, { email: code(email) })));
}

function checkSection({ card }: Catalog): string {
  const steps = card.check.map((step) => `<li>${inline(fill(step, {}))}</li>`).join('');
  return section(card.checkTitle, `<ol>${steps}</ol>`, paragraph(fill(card.never, {})));
}

function answerSection({ card }: Catalog, { answerAddress, smsReplies }: CardContext): string {
  const address = cleanLine(answerAddress ?? '');
  const ways = [
    fill(card.answerCall, {}),
    ...(address ? [fill(card.answerPage, { address: code(address) })] : []),
    ...(smsReplies ? [fill(card.answerSms, { example: code('NO K7Q4-9M2X') })] : []),
  ];
  return section(card.answerTitle, `<ul>${ways.map((way) => `<li>${inline(way)}</li>`).join('')}</ul>`);
}

function sendersSection({ card }: Catalog, { senders }: CardContext): string {
  if (senders.length === 0) return '';
  const items = senders.map((sender) => `<li>${inline([code(cleanLine(sender))])}</li>`).join('');
  return section(card.sendersTitle, `<ul>${items}</ul>`);
}

/** Numbers are written out, not list marks: they are part of what is compared, and must not change with the language. */
function pairsSection({ card }: Catalog, holder: CardHolder, { cardKey }: CardContext): string {
  const items = cardPairs(personCardKey(cardKey, holder.id, holder.card))
    .map((pair, index) => `<li><b>${index + 1}</b> <bdi lang="en" dir="ltr">${escapeHtml(pair)}</bdi></li>`)
    .join('\n');
  return section(card.pairsTitle, paragraph(fill(card.pairsNote, {})), `<ol class="pairs">\n${items}\n</ol>`);
}

function section(title: string, ...content: readonly string[]): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content.filter((part) => part !== '').join('\n')}\n</section>`;
}

function paragraph(line: Line): string {
  return `<p>${inline(line)}</p>`;
}
