/** Three rows of bars over the same days, each with a scale of its own, and the numbers as a table. */

import { el } from './element.js';
import uPlot from './vendor/uplot.js';
import { count, day, plural } from './words.js';

const ROWS = [
  { name: 'Attempts', style: 'identified', index: 1 },
  { name: 'People attacked', style: 'attacked', index: 2 },
  { name: 'People compromised', style: 'compromised', index: 3 },
];
const HEIGHT = 92;
const DAY_S = 86_400;

let drawn = [];
let shownFor = '';

/** Draws the days into an element, if they or the room for them have changed. `days`: of `State`. */
export function drawDays(place, days) {
  const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const key = JSON.stringify([days, place.clientWidth, scheme]);
  if (key === shownFor) return;
  shownFor = key;
  for (const chart of drawn) chart.destroy();
  drawn = [];
  if (days.length === 0) {
    place.replaceChildren(el('p', { class: 'quiet' }, 'Nothing was found yet.'));
    return;
  }
  const filled = everyDay(days);
  const rows = ROWS.map((row) => rowOf(row, filled));
  place.replaceChildren(
    el('p', { class: 'quiet' }, 'By the day on which it began (UTC). Each row has a scale of its own.'),
    ...rows.map(({ figure }) => figure),
    numbers(days),
  );
  drawn = rows.map(({ draw }) => draw(place.clientWidth));
}

/** Days without anything are days, too. */
function everyDay(days) {
  const known = new Map(days.map((one) => [one[0], one]));
  const [first] = days[0];
  const [last] = days.at(-1);
  const all = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_S * 1000) {
    const name = new Date(at).toISOString().slice(0, 10);
    all.push(known.get(name) ?? [name, 0, 0, 0]);
  }
  return all;
}

function rowOf({ name, style, index }, days) {
  const values = days.map((one) => one[index]);
  const most = Math.max(...values);
  const peak = most > 0 ? `most ${count(most)} on ${day(days[values.indexOf(most)][0])}` : 'none';
  const total = values.reduce((sum, value) => sum + value, 0);
  const shown = el('span', { class: 'quiet' }, peak);
  const canvas = el('div', { class: 'plot' });
  const label = `${name} by day: ${count(total)} in all, ${peak}. The numbers are in the table below.`;
  const figure = el(
    'div',
    { class: 'row', role: 'img', 'aria-label': label },
    el('p', { class: 'row-name' }, el('strong', {}, name), ' ', shown),
    canvas,
  );
  const say = (at) => {
    shown.textContent = at === null || at === undefined ? peak : `${day(days[at][0])}: ${count(values[at])}`;
  };
  return { figure, draw: (width) => plot(canvas, { width, style, days, values, most, say }) };
}

function plot(canvas, { width, style, days, values, most, say }) {
  const css = getComputedStyle(document.documentElement);
  const color = css.getPropertyValue(`--${style}`).trim();
  const line = css.getPropertyValue('--line').trim();
  const text = css.getPropertyValue('--text').trim();
  const axis = { stroke: text, font: '12px system-ui, sans-serif', ticks: { show: false }, grid: { show: false } };
  const options = {
    width,
    height: HEIGHT,
    padding: [6, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'days' } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
    scales: { x: { range: (_, from, to) => [from - DAY_S / 2, to + DAY_S / 2] }, y: { range: [0, Math.max(1, most)] } },
    axes: [
      {
        ...axis,
        size: 22,
        splits: () => labeled(days, width),
        values: (_, at) => at.map((one) => day(new Date(one * 1000).toISOString())),
      },
      {
        ...axis,
        size: 46,
        splits: () => [0, Math.max(1, most)],
        grid: { show: true, stroke: line, width: 0.5 },
        values: (_, all) => all.map(count),
      },
    ],
    series: [{}, { width: 0, fill: color, points: { show: false }, paths: uPlot.paths.bars({ size: [0.8, 40] }) }],
    hooks: { setCursor: [(chart) => say(chart.cursor.idx)] },
  };
  return new uPlot(options, [days.map(([name]) => Date.parse(name) / 1000), values], canvas);
}

/** As many days as there is room for, as seconds. */
function labeled(days, width) {
  const step = Math.ceil(days.length / Math.max(1, Math.floor((width - 50) / 64)));
  return days.filter((_, index) => index % step === 0).map(([name]) => Date.parse(name) / 1000);
}

function numbers(days) {
  const head = ['Day (UTC)', ...ROWS.map(({ name }) => name)].map((name) => el('th', { scope: 'col' }, name));
  const body = days.toReversed().map(([name, ...values]) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      values.map((value) => el('td', {}, count(value))),
    ),
  );
  return el(
    'details',
    { 'data-key': 'numbers' },
    el('summary', {}, `The numbers of ${plural(days.length, 'day')}`),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Numbers by day' },
      el('table', {}, el('thead', {}, el('tr', {}, head)), el('tbody', {}, body)),
    ),
  );
}
