/** Downloads: the transparency report of a quarter, and false alarms as drafts for rule authors. */
import { CallError, caseAddress, getCases, reportAddress } from './api.js';
import { button, el, fill } from './element.js';
import { plural, quarterOf, time } from './words.js';

/** The last four quarters, the present one first. */
function quartersOf(at) {
  const now = new Date(at);
  return [0, 3, 6, 9].map((months) =>
    quarterOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months)).toISOString()),
  );
}

let made;

/** Made once, so that a choice is not lost when the page updates. */
export function reportSection({ at }) {
  made ??= make(at);
  return made;
}

function make(at) {
  const html = el('a', { class: 'button', download: true }, 'Page (HTML)');
  const json = el('a', { class: 'button', download: true }, 'Data (JSON)');
  const point = (quarter) => {
    html.setAttribute('href', reportAddress(quarter, 'html'));
    json.setAttribute('href', reportAddress(quarter, 'json'));
  };
  const quarters = quartersOf(at);
  point(quarters[0]);
  const select = el(
    'select',
    { id: 'quarter', onchange: () => point(select.value) },
    quarters.map((quarter) => el('option', { value: quarter }, quarter)),
  );
  const cases = el('div', { id: 'cases' });
  return el(
    'div',
    {},
    el('p', {}, 'How often the organization is attacked, in numbers that single nobody out: to be published.'),
    el('p', { class: 'buttons' }, el('label', { for: 'quarter' }, 'Quarter '), select, html, json),
    button('Show false alarms kept as cases', () => showCases(cases)),
    cases,
  );
}

async function showCases(place) {
  try {
    const { cases } = (await getCases()).value;
    fill(
      place,
      cases.length === 0
        ? el('p', { class: 'none' }, 'No finding was marked as a false alarm.')
        : [
            el(
              'p',
              { class: 'quiet' },
              `${plural(cases.length, 'case')}. A draft names nobody; with people it holds the finding as it was.`,
            ),
            el('ul', { class: 'rows' }, cases.map(caseRow)),
          ],
    );
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    fill(place, el('p', {}, error.message));
  }
}

function caseRow({ id, finding, at, note, chains }) {
  return el(
    'li',
    {},
    el('div', {}, el('strong', {}, chains.join(', ')), el('span', { class: 'quiet' }, ` ${time(at)} UTC`)),
    el('div', {}, note),
    el(
      'p',
      { class: 'buttons' },
      el(
        'a',
        { class: 'button', download: true, href: caseAddress(id, false), 'aria-label': `Draft of ${finding}` },
        'Draft',
      ),
      el(
        'a',
        { class: 'button', download: true, href: caseAddress(id, true), 'aria-label': `With people, ${finding}` },
        'With people',
      ),
    ),
  );
}
