/**
 * The report as one page: self-contained, no requests, readable without script. Its content security policy allows
 * nothing but the inline style and script by their hashes, so that even a slip in escaping could not run anything.
 */
import { createHash } from 'node:crypto';
import { type Campaign, type Finding, OUTCOMES, type Outcome } from '../model/finding.ts';
import { chart } from './html-chart.ts';
import { badge, card, compactTable } from './html-finding.ts';
import { blindSection, readSection } from './html-reading.ts';
import { SCRIPT, STYLE } from './html-style.ts';
import { html, type Markup, raw } from './html-text.ts';
import type { ScanReport } from './scan-report.ts';
import { originsText } from './story.ts';
import { ADVICE, count, counted, HEADLINES, period } from './wording.ts';

/** What a report cannot know by itself. */
export interface HtmlOptions {
  /** When the report was made. */
  readonly now: Date;
  /** Version of Postern. */
  readonly version: string;
  /** True when people were replaced by pseudonyms; the page says so. */
  readonly redacted?: boolean;
}

/** Cards of a group that are open from the start, at most. */
const OPEN_CARDS = 8;
/** Cards of a group that are in sight; the rest wait behind one more line. */
const SHOWN_CARDS = 30;
/** Members of a campaign that are linked one by one. */
const LINKED_MEMBERS = 24;

/** The page as text. */
export function toHtml(report: ScanReport, options: HtmlOptions): string {
  const of = (outcome: Outcome) => report.findings.filter((finding) => finding.outcome === outcome);
  const body = html`${raw(SYMBOLS)}
${header(report, options)}
<main>
${chart(report)}
${report.findings.length > 0 && raw(FIND)}
${cardSection('compromised', of('compromised'), OPEN_CARDS)}
${cardSection('attacked', of('attacked'), 0)}
${identifiedSection(of('identified'))}
${campaignSection(report)}
${blindSection(report)}
${readSection(report)}
</main>
<footer>Made by Postern ${options.version} on ${period(options.now, options.now)} UTC. Times are UTC. Unknown is not “no”: a report speaks for the logs it was given.${options.redacted && ' People, addresses and ids are replaced by pseudonyms.'}</footer>`;
  return page(body, report.findings.length > 0);
}

function page(body: Markup, scripted: boolean): string {
  const policy = [
    "default-src 'none'",
    `style-src '${digest(STYLE)}'`,
    scripted ? `script-src '${digest(SCRIPT)}'` : "script-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Account-recovery report - Postern</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${body}
${scripted && html`<script>${raw(SCRIPT)}</script>`}
</body>
</html>
`.markup;
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Eye, key and open door. */
const SYMBOLS = `<svg class="unseen" aria-hidden="true"><defs>
<symbol id="i-identified" viewBox="0 0 16 16"><path d="M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8z"/><circle cx="8" cy="8" r="2"/></symbol>
<symbol id="i-attacked" viewBox="0 0 16 16"><circle cx="5" cy="11" r="3.2"/><path d="M7.3 8.7 14 2M11 5l2.2 2.2M12.7 3.3 14 4.6"/></symbol>
<symbol id="i-compromised" viewBox="0 0 16 16"><path d="M3 14.5v-13h10v13M1 14.5h14M3 1.5l6 2v13l-6-2M7 8.5v1"/></symbol>
</defs></svg>`;

const FIND = `<form id="find" hidden role="search"><label for="who">Find a person</label><input id="who" type="search" autocomplete="off" spellcheck="false"><output for="who" role="status"></output></form>`;

function header(report: ScanReport, options: HtmlOptions): Markup {
  const blind = report.rules.filter(({ state }) => state === 'blind' || state === 'rejected').length;
  const span = report.from && report.to ? `, ${period(report.from, report.to)} UTC` : '';
  return html`<header>
<p class="brand"><svg aria-hidden="true" viewBox="0 0 16 16"><path d="M2.5 15V7a5.5 5.5 0 0 1 11 0v8M1 15h14M8 1.5V15M5.3 15V3M10.7 15V3"/></svg>Postern${options.redacted && ', redacted'}</p>
<h1>${headline(report)}</h1>
<p class="lede">Seen in ${counted(report.records, 'record')} of ${counted(report.files.length, 'file')}${span}.</p>
${totals(report)}
${blind > 0 && html`<div class="notice"><p><strong>${count(blind)} of ${counted(report.rules.length, 'rule')} saw nothing</strong>, because a log is missing or the rule cannot be used. What they look for may have happened all the same. <a href="#blind">Which rules, and what they need</a></p></div>`}
${contents(report)}
</header>`;
}

function headline({ totals: { attempts, attacked, compromised }, findings }: ScanReport): string {
  if (findings.length === 0) return 'No sign of account-recovery attacks in these logs';
  if (compromised > 0) return `Somebody got into ${counted(compromised, 'account')}`;
  if (attacked > 0) return `Somebody tried to get into ${counted(attacked, 'account')}`;
  return `Recovery options were looked up ${counted(attempts, 'time')}`;
}

function totals({ totals: { attempts, identified, attacked, compromised } }: ScanReport): Markup {
  const cell = (name: string, value: number, style: string, whole: number, share: string) => {
    const width = whole > 0 ? Math.min(100, Math.max(value > 0 ? 0.7 : 0, (value / whole) * 100)) : 0;
    return html`<div class="${style}"><dt>${name}</dt><dd>${count(value)}</dd><dd class="share">${share}</dd><svg aria-hidden="true" viewBox="0 0 100 1" preserveAspectRatio="none"><rect width="${width.toFixed(2)}" height="1"/></svg></div>`;
  };
  const percent = (value: number) =>
    identified > 0 ? `${((value / identified) * 100).toFixed(1)} % of them` : 'nobody';
  return html`<dl class="totals">
${cell('attempts', attempts, 'identified', attempts, 'to recover an account')}
${cell('identified', identified, 'identified', identified, 'people looked up')}
${cell('attacked', attacked, 'attacked', identified, `a gate was tried: ${percent(attacked)}`)}
${cell('compromised', compromised, 'compromised', identified, `somebody got in: ${percent(compromised)}`)}
</dl>`;
}

function contents(report: ScanReport): Markup {
  const link = (target: string, text: string) => html`<li><a href="#${target}">${text}</a></li>`;
  const number = (outcome: Outcome) => report.findings.filter((finding) => finding.outcome === outcome).length;
  const blind = report.rules.some(({ state }) => state !== 'on' && state !== 'off') || report.faults.length > 0;
  return html`<nav aria-label="Contents"><ul>
${[...OUTCOMES].reverse().map((outcome) => number(outcome) > 0 && link(outcome, `${outcome}: ${counted(number(outcome), 'finding')}`))}
${report.campaigns.length > 0 && link('campaigns', counted(report.campaigns.length, 'campaign'))}
${blind && link('blind', 'blind rules')}
${link('read', 'what was read')}
</ul></nav>`;
}

function cardSection(outcome: Outcome, findings: readonly Finding[], openAtMost: number): Markup | undefined {
  if (findings.length === 0) return undefined;
  const rest = findings.slice(SHOWN_CARDS);
  return html`<section id="${outcome}" aria-labelledby="h-${outcome}">
<h2 id="h-${outcome}">${HEADLINES[outcome]}: ${counted(findings.length, 'finding')}</h2>
<p>${ADVICE[outcome]}</p>
${findings.slice(0, SHOWN_CARDS).map((finding) => card(finding, findings.length <= openAtMost))}
${rest.length > 0 && html`<details class="group cards"><summary>${counted(rest.length, 'more finding')}</summary>${rest.map((finding) => card(finding, false))}</details>`}
</section>`;
}

function identifiedSection(findings: readonly Finding[]): Markup | undefined {
  if (findings.length === 0) return undefined;
  const label = `${HEADLINES.identified}: ${counted(findings.length, 'finding')}`;
  return html`<section id="identified" aria-labelledby="h-identified">
<h2 id="h-identified">${label}</h2>
<p>${ADVICE.identified}</p>
<details class="group"${findings.length <= 50 && html` open`}><summary>All ${counted(findings.length, 'finding')}</summary>${compactTable(findings, label)}</details>
</section>`;
}

function campaignSection({ campaigns, findings }: ScanReport): Markup | undefined {
  if (campaigns.length === 0) return undefined;
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const ordered = [...campaigns].sort((a, b) => b.findings.length - a.findings.length);
  return html`<section id="campaigns" aria-labelledby="h-campaigns">
<h2 id="h-campaigns">${counted(campaigns.length, 'campaign')}</h2>
<p>Findings of several people that share an origin: an address, a network, a client, or a phone or mail address that turns up at more than one account.</p>
${ordered.map((campaign) => campaignMarkup(campaign, byId))}
</section>`;
}

function campaignMarkup(campaign: Campaign, byId: ReadonlyMap<string, Finding>): Markup {
  const members = campaign.findings.flatMap((id) => byId.get(id) ?? []);
  const serious = members.filter(({ outcome }) => outcome !== 'identified');
  serious.sort((a, b) => OUTCOMES.indexOf(b.outcome) - OUTCOMES.indexOf(a.outcome));
  const linked = serious.slice(0, LINKED_MEMBERS);
  const rest = members.length - linked.length;
  return html`<article class="campaign" id="c-${campaign.id}"><h3>${period(campaign.first, campaign.last)}</h3>
<ul class="counts"><li><strong>${count(campaign.attempts)}</strong> attempts</li><li><strong>${count(campaign.identified)}</strong> identified</li><li><strong>${count(campaign.attacked)}</strong> attacked</li><li><strong>${count(campaign.compromised)}</strong> compromised</li></ul>
<p class="note">Shared: ${originsText(campaign.origins, 8)}. Campaign <code>${campaign.id}</code></p>
<ul class="members">${linked.map((finding) => html`<li>${finding.outcome === 'compromised' && badge(finding.outcome)} <a href="#f-${finding.id}">${finding.person}</a></li>`)}${rest > 0 && html`<li>${linked.length > 0 && 'and '}${counted(rest, linked.length > 0 ? 'other' : 'person', linked.length > 0 ? 'others' : 'people')}</li>`}</ul>
</article>`;
}
