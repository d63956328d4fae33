/** A finding as a piece of the page: a card with its timeline, or a row of the compact table. */
import type { Finding, Outcome } from '../model/finding.ts';
import { html, type Markup } from './html-text.ts';
import { clauseOf, gist, placeOf, type StoryLine, tellStory } from './story.ts';
import { clock, count, counted, day, duration, period, SOURCE_TITLES } from './wording.ts';

/** A pause this long between two lines is worth telling. */
const PAUSE_MS = 30 * 60_000;

/** The mark of an outcome: a shape and a word, so that color is never alone. */
export function badge(outcome: Outcome): Markup {
  return html`<span class="badge ${outcome}"><svg aria-hidden="true" viewBox="0 0 16 16"><use href="#i-${outcome}"/></svg>${outcome}</span>`;
}

/** A finding with its story behind a summary line. */
export function card(finding: Finding, open: boolean): Markup {
  return html`<details class="card ${finding.outcome}" id="f-${finding.id}" data-who="${searchText(finding)}"${open && html` open`}>
<summary><h3 class="who">${finding.person}</h3> ${badge(finding.outcome)}<span class="when">${period(finding.first, finding.last)}</span><span class="gist">${gist(finding)}</span></summary>
<div class="body">
${strip(finding)}
${timeline(finding)}
${finding.changes.length > 0 && html`<div class="changes"><h4>What was changed</h4><ul>${finding.changes.map((change) => html`<li>${change}</li>`)}</ul></div>`}
${finding.cut && html`<p class="note">There was more evidence than is kept; the rest was dropped.</p>`}
${facts(finding)}
</div></details>`;
}

function facts(finding: Finding): Markup {
  return html`<dl class="facts">
<div><dt>Finding</dt><dd><code>${finding.id}</code>, level ${finding.level}</dd></div>
${(finding.accounts.length > 1 || finding.accounts[0] !== finding.person) && html`<div><dt>Accounts</dt><dd>${finding.accounts.join(', ')}</dd></div>`}
<div><dt>Rules</dt><dd>${finding.chains.join(', ')}</dd></div>
${finding.techniques.length > 0 && html`<div><dt>ATT&amp;CK</dt><dd>${finding.techniques.join(', ')}</dd></div>`}
${finding.campaign && html`<div><dt>Campaign</dt><dd><a href="#c-${finding.campaign}">${finding.campaign}</a></dd></div>`}
</dl>`;
}

/** Every piece of evidence as a tick on the finding's own span: where the burst was. */
function strip(finding: Finding): Markup | undefined {
  const from = finding.first.getTime();
  const span = finding.last.getTime() - from;
  if (span <= 0 || finding.evidence.length < 3) return undefined;
  const x = (at: Date) => (((at.getTime() - from) / span) * 990 + 5).toFixed(1);
  const text = `${counted(finding.evidence.length, 'record')} within ${duration(span)}`;
  return html`<div class="strip"><svg role="img" aria-label="${text}" viewBox="0 0 1000 20" preserveAspectRatio="none"><path class="rail" d="M0 10H1000"/>${finding.evidence.map((signal) => html`<path d="M${x(signal.at)} 2V18"/>`)}</svg><span aria-hidden="true">${text}</span></div>`;
}

function timeline(finding: Finding): Markup {
  const days = Map.groupBy(tellStory(finding), (line) => day(line.at));
  let before: StoryLine | undefined;
  return html`${[...days].map(([name, lines]) => {
    return html`<h4>${name}</h4><ol class="timeline">${lines.map((line) => {
      const item = entry(line, before);
      before = line;
      return item;
    })}</ol>`;
  })}`;
}

function entry(line: StoryLine, before: StoryLine | undefined): Markup {
  const pause = before ? line.at.getTime() - before.until.getTime() : 0;
  const [signal] = line.signals;
  const details = [
    line.place !== before?.place && line.place,
    signal && SOURCE_TITLES[signal.source],
    clock(line.until) !== clock(line.at) && `until ${clock(line.until)}`,
    pause >= PAUSE_MS && `${duration(pause)} later`,
  ];
  return html`<li><time datetime="${line.at.toISOString()}">${clock(line.at)}</time><div>${clauseOf(line)}
<span class="from">${details.filter(Boolean).join(' · ')}</span></div></li>`;
}

/** Findings in one line each, for those where nothing was tried yet. */
export function compactTable(findings: readonly Finding[], label: string): Markup {
  return html`<table class="compact"><caption class="unseen">${label}</caption>
<thead><tr><th scope="col">Person</th><th scope="col">When (UTC)</th><th scope="col" class="n">Attempts</th><th scope="col" class="wide">From</th><th scope="col" class="wide">Finding</th></tr></thead>
<tbody>${findings.map(compactRow)}</tbody></table>`;
}

function compactRow(finding: Finding): Markup {
  const places = [...new Set(finding.evidence.map(placeOf).filter((place) => place))];
  const more = places.length > 1 ? ` and ${count(places.length - 1)} more` : '';
  return html`<tr id="f-${finding.id}" data-who="${searchText(finding)}"><th scope="row">${finding.person}</th><td>${period(finding.first, finding.last)}</td><td class="n">${count(finding.attempts)}</td><td class="wide">${places[0] ?? 'not recorded'}${more}</td><td class="wide"><code>${finding.id}</code></td></tr>
`;
}

/** What the page's search looks at. */
function searchText(finding: Finding): string {
  return [...new Set([finding.person, ...finding.accounts])].join(' ').toLowerCase();
}
