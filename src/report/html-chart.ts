/** The month at a glance: attempts, attacked and compromised per day, each row with a scale of its own. Inline SVG, no script. */
import type { Finding, Outcome } from '../model/finding.ts';
import { html, type Markup } from './html-text.ts';
import type { ScanReport } from './scan-report.ts';
import { clock, count, sentence, shortDay } from './wording.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer periods are shown by several days a bar, so that a bar stays wide enough to see. */
const MAX_BARS = 62;
/** Shorter periods are shown by the hour. */
const BY_HOUR_MS = 2 * DAY_MS;

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly style: Outcome;
  /** One number a bar. */
  readonly values: readonly number[];
}

/** The chart of the period that was read, with its numbers as a table below; nothing when there is nothing to count. */
export function chart({ findings, from, to }: Pick<ScanReport, 'findings' | 'from' | 'to'>): Markup {
  if (findings.length === 0) return html``;
  const bars = createBars(
    findings,
    [from, to].flatMap((at) => at ?? []),
  );
  const rows: readonly Row[] = [
    { name: 'Attempts', unit: 'attempts', style: 'identified', values: bars.tally(attemptTimes(findings)) },
    {
      name: 'Attacked',
      unit: 'attacked',
      style: 'attacked',
      values: bars.tally(startTimes(findings, ['attacked', 'compromised'])),
    },
    {
      name: 'Compromised',
      unit: 'compromised',
      style: 'compromised',
      values: bars.tally(startTimes(findings, ['compromised'])),
    },
  ];
  const step = bars.step;
  return html`<figure class="chart">
<figcaption>Per ${step}, by when it began (UTC). Each row has a scale of its own.</figcaption>
${rows.map((row) => rowMarkup(row, bars.labels))}
<div class="axis" aria-hidden="true">${axisLabels(bars.labels).map((label) => html`<span>${label}</span>`)}</div>
<details class="numbers"><summary>The numbers</summary>${table(rows, bars.labels, step)}</details>
</figure>`;
}

function rowMarkup(row: Row, labels: readonly string[]): Markup {
  const most = Math.max(...row.values, 1);
  const at = row.values.indexOf(most);
  const total = row.values.reduce((sum, value) => sum + value, 0);
  const peak = total === 0 ? 'none' : `most ${count(most)}, ${labels[at] ?? ''}`;
  const text = `${row.name}: ${count(total)} in all, ${peak}`;
  return html`<div class="row ${row.style}"><div class="row-name">${row.name} <span>${peak}</span></div>
<svg role="img" aria-label="${text}" viewBox="0 0 ${row.values.length * 10} 100" preserveAspectRatio="none">${row.values.map((value, index) => bar(value, index, most, row, labels[index] ?? ''))}</svg></div>`;
}

function bar(value: number, index: number, most: number, row: Row, label: string): Markup | undefined {
  if (value === 0) return undefined;
  const height = Math.max(3, (value / most) * 100);
  return html`<rect x="${index * 10 + 1}" y="${(100 - height).toFixed(1)}" width="8" height="${height.toFixed(1)}"><title>${label}: ${count(value)} ${row.unit}</title></rect>`;
}

function table(rows: readonly Row[], labels: readonly string[], step: string): Markup {
  return html`<table><thead><tr><th scope="col">${sentence(step)}</th>${rows.map((row) => html`<th scope="col">${row.name}</th>`)}</tr></thead>
<tbody>${labels.map((label, index) => html`<tr><th scope="row">${label}</th>${rows.map((row) => html`<td>${count(row.values[index] ?? 0)}</td>`)}</tr>`)}</tbody></table>`;
}

/** First, middle and last label: what fits on a phone. */
function axisLabels(labels: readonly string[]): string[] {
  if (labels.length < 3) return [...labels];
  return [0, Math.floor((labels.length - 1) / 2), labels.length - 1].map((index) => labels[index] ?? '');
}

/** Each attempt once, at its first sign; evidence without a recovery flow is no attempt. */
function attemptTimes(findings: readonly Finding[]): Date[] {
  return findings.flatMap((finding) => {
    const flows = new Map<string, Date>();
    for (const { flow, at } of finding.evidence) if (flow && !flows.has(flow)) flows.set(flow, at);
    return [...flows.values()];
  });
}

/** Each person once, at the start of the first finding with one of the outcomes. */
function startTimes(findings: readonly Finding[], outcomes: readonly Outcome[]): Date[] {
  const first = new Map<string, Date>();
  for (const finding of findings) {
    if (!outcomes.includes(finding.outcome)) continue;
    const known = first.get(finding.person);
    if (!known || finding.first < known) first.set(finding.person, finding.first);
  }
  return [...first.values()];
}

function createBars(findings: readonly Finding[], read: readonly Date[]) {
  const times = [...read, ...findings.flatMap((finding) => [finding.first, finding.last])].map((at) => at.getTime());
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  const hourly = last - first < BY_HOUR_MS;
  const start = Math.floor(first / (hourly ? HOUR_MS : DAY_MS)) * (hourly ? HOUR_MS : DAY_MS);
  const days = Math.ceil((last - start + 1) / DAY_MS / MAX_BARS);
  const stepMs = hourly ? HOUR_MS : days * DAY_MS;
  const bars = Math.floor((last - start) / stepMs) + 1;
  const labelOf = (at: Date) => (hourly ? `${shortDay(at)} ${clock(at)}` : shortDay(at));
  return {
    step: hourly ? 'hour' : days === 1 ? 'day' : `${days} days`,
    labels: Array.from({ length: bars }, (_, index) => labelOf(new Date(start + index * stepMs))),
    tally(instants: readonly Date[]): number[] {
      const values = new Array<number>(bars).fill(0);
      for (const at of instants) {
        const index = Math.floor((at.getTime() - start) / stepMs);
        values[index] = (values[index] ?? 0) + 1;
      }
      return values;
    },
  };
}
