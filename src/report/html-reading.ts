/** The parts of the page that say how far to trust it: what was read, and which rules were blind. */

import { formatProblem } from '../errors.ts';
import { html, type Markup } from './html-text.ts';
import type { FileReport, RuleReport, RuleState, ScanReport } from './scan-report.ts';
import { count, counted, duration, problemText, shownProblems } from './wording.ts';

const STATES: Readonly<Partial<Record<RuleState, string>>> = {
  blind: 'A log is missing',
  rejected: 'The rule cannot be used',
  staged: 'Staged: recorded, nobody is told',
};

/** Rules that saw nothing or failed, and why. Nothing when all could see. */
export function blindSection({ rules, faults }: ScanReport): Markup | undefined {
  const groups = (Object.keys(STATES) as RuleState[]).map(
    (state) => [state, rules.filter((rule) => rule.state === state)] as const,
  );
  if (faults.length === 0 && groups.every(([, some]) => some.length === 0)) return undefined;
  return html`<section id="blind" aria-labelledby="h-blind">
<h2 id="h-blind">What Postern could not see</h2>
<p>Unknown is not “no”. Add the missing logs and scan again.</p>
${groups.map(([state, some]) => some.length > 0 && ruleGroup(STATES[state] ?? state, some))}
${faults.length > 0 && html`<h3>Rules that failed on records</h3><ul class="plain">${faults.map((fault) => html`<li><strong>${fault.rule}</strong>: ${fault.message} (${counted(fault.count, 'time')})</li>`)}</ul>`}
</section>`;
}

function ruleGroup(title: string, rules: readonly RuleReport[]): Markup {
  const reasons = Map.groupBy(
    rules.filter((rule) => !rule.problems),
    (rule) => rule.why ?? '',
  );
  const problems = rules.flatMap((rule) => rule.problems ?? []);
  return html`<h3>${title}: ${counted(rules.length, 'rule')}</h3><ul class="plain">${problems.map((problem) => html`<li>${formatProblem(problem)}</li>`)}${[...reasons].map(([why, some]) => html`<li>${why} <details><summary>${counted(some.length, 'rule')}</summary><ul class="plain">${some.map((rule) => html`<li>${rule.title} <code>${rule.name}</code></li>`)}</ul></details></li>`)}</ul>`;
}

/** Every file, what it held and what could not be used. */
export function readSection(report: ScanReport): Markup {
  return html`<section id="read" aria-labelledby="h-read">
<h2 id="h-read">What was read</h2>
<p>${counted(report.records, 'record')} of ${counted(report.files.length, 'file')} in ${duration(report.ms)}.</p>
<div class="group"><table class="files"><caption class="unseen">Files that were read</caption><thead><tr><th scope="col">File</th><th scope="col">Records</th></tr></thead><tbody>${report.files.map(fileRow)}</tbody></table></div>
</section>`;
}

function fileRow(file: FileReport): Markup {
  const shapes = Object.entries(file.shapes).map(([shape, number]) => `${count(number)} ${shape}`);
  if (file.passedOver > 0) shapes.push(`${count(file.passedOver)} that no rule can match`);
  const ignored = Object.entries(file.ignored).map(([why, number]) => `${count(number)} ${why}`);
  const rest = file.problems.length - shownProblems(file).length;
  const notes = [
    ...(ignored.length > 0 ? [`Ignored: ${ignored.join(', ')}`] : []),
    ...(file.unreadable > 0 ? [`Unreadable: ${counted(file.unreadable, 'record')}, for example`] : []),
    ...file.examples.map(problemText),
    ...shownProblems(file).map(problemText),
    ...(rest > 0 ? [`and ${counted(rest, 'more problem')}`] : []),
  ];
  return html`<tr><th scope="row">${file.name}</th><td>${shapes.length > 0 ? shapes.join(', ') : 'nothing read'}${notes.length > 0 && html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`}</td></tr>`;
}
