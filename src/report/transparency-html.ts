/** The transparency report as one page of HTML, without script, to be published as it is. */
import { html, raw } from './html-text.ts';
import type { Cell, TransparencyReport } from './transparency.ts';
import { count } from './wording.ts';

const STYLE = `
:root{color-scheme:light dark;--text:#1b1f23;--back:#fff;--line:#8a939d}
@media(prefers-color-scheme:dark){:root{--text:#eceff2;--back:#15181b;--line:#98a2ad}}
body{margin:0;color:var(--text);background:var(--back);font:1.0625rem/1.6 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
main{max-width:44rem;margin:0 auto;padding:1.25rem}
h1{font-size:1.6rem;line-height:1.3}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}caption{text-align:start;font-weight:600;padding-bottom:.4rem}
th,td{text-align:start;padding:.45rem .6rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td{text-align:end;font-variant-numeric:tabular-nums}
`;

/** The page. */
export function toTransparencyHtml(report: TransparencyReport): string {
  const { organization, quarter, from, to, people, partial } = report;
  const title = `Attacks on accounts of ${organization}, ${quarter}`;
  return `<!doctype html>\n${
    html`<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main>
<h1>${title}</h1>
<p>${from} to ${to}. How often somebody tried to take over accounts of our people by password reset and account recovery, and what came of it.</p>
${partial && html`<p><strong>The quarter has not ended. Do not publish this: the difference to the final report can be one person.</strong></p>`}
<table><caption>In numbers</caption><tbody>
${row('Attempts', report.attempts)}
${row('People whose recovery options were looked up, or more', people.identified)}
${row('People attacked', people.attacked)}
${row('People whose account somebody got into', people.compromised)}
${row('Attacked people who were notified', people.notified)}
${row('Notified people who were reached', people.reached)}
${row('Median minutes from the first sign to the notice', report.medianMinutesToNotice)}
</tbody></table>
<h2>Techniques</h2>
${techniques(report)}
<h2>How this was counted</h2>
<ul>${report.method.map((sentence) => html`<li>${sentence}</li>`)}</ul>
</main></body></html>`.markup
  }\n`;
}

function row(name: string, cell: Cell) {
  return html`<tr><th scope="row">${name}</th><td>${cell === null ? 'not shown' : count(cell)}</td></tr>\n`;
}

function techniques({ techniques: rows }: TransparencyReport) {
  if (rows.length === 0) return html`<p>None concerns enough people to be listed.</p>`;
  return html`<table><caption>People by technique (MITRE ATT&amp;CK), at least</caption><tbody>
${rows.map(({ technique, people }) => row(technique, people))}</tbody></table>`;
}
