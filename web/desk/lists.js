/** The parts of the page as elements, each from the state. */
import { act, CallError } from './api.js';
import { badge, button, el } from './element.js';
import { ago, count, OUTCOMES, period, plural, REASONS, reachWords, STATUSES, time } from './words.js';

/** What cannot be seen, and since when: first of all. */
export function blindStrip({ blind, at }) {
  const title = (text) => el('h2', { id: 'blind-title' }, text);
  if (!blind.known) return title('The watch cannot be asked what it sees: silence below means nothing.');
  if (blind.gaps.length === 0) return title('Everything is being read. Silence means that nothing was found.');
  const rules = new Set(blind.gaps.flatMap((gap) => gap.rules));
  const sum = rules.size > 0 ? `: ${plural(rules.size, 'rule')} cannot see` : '';
  return [
    title(`Blind in ${plural(blind.gaps.length, 'place')}${sum}`),
    el(
      'ul',
      {},
      blind.gaps.map((gap) => el('li', {}, blindGap(gap, at))),
    ),
  ];
}

function blindGap({ what, since, why, rules }, at) {
  return el(
    'details',
    { 'data-key': `gap ${what} ${why}` },
    el(
      'summary',
      {},
      el('strong', {}, what),
      since && [' since ', el('time', { datetime: since }, `${time(since)} UTC`), ` (${ago(since, at)})`],
      rules.length > 0 && `, ${plural(rules.length, 'rule')}`,
    ),
    el('p', {}, why),
    rules.length > 0 &&
      el(
        'ul',
        {},
        rules.map((rule) => el('li', {}, rule)),
      ),
  );
}

/** The numbers. */
export function totalTiles({ totals, overview }) {
  const reach = overview?.reach;
  const tiles = [
    ['Attempts', totals.attempts, ''],
    ['Identified', totals.identified, 'identified'],
    ['Attacked', totals.attacked, 'attacked'],
    ['Compromised', totals.compromised, 'compromised'],
    ...(reach ? [['Reached', `${count(reach.reached)} of ${count(reach.people)}`, 'reached']] : []),
  ];
  return tiles.map(([name, value, style]) =>
    el(
      'div',
      { class: `tile ${style}` },
      el('dt', {}, name),
      el('dd', {}, typeof value === 'number' ? count(value) : value),
    ),
  );
}

/** Name and account of somebody. */
export function who({ id, name, account }) {
  return [
    el('strong', {}, name ?? id),
    ' ',
    el('span', { class: 'account' }, account ?? (name ? '' : 'not enrolled any more')),
  ];
}

/** How far word has got, as a line. */
export function reachLine(reach) {
  const [word, details, shape, style] = reachWords(reach);
  const more = details && el('span', { class: 'more' }, details);
  return el('p', { class: `reach ${style}` }, el('span', { 'aria-hidden': 'true', class: 'shape' }, shape), word, more);
}

function openButton(finding, open, text = 'Open') {
  const { person, id } = finding;
  return button(text, () => open(person.id, id), {
    'data-key': `open ${id}`,
    'aria-label': `${text} ${person.name ?? person.id}, ${OUTCOMES[finding.outcome].word}`,
  });
}

/** Break-ins that nobody has closed. */
export function brokenList({ brokenInto, tasks, at, totals }, open) {
  if (brokenInto.length === 0) {
    const closed =
      totals.compromised > 0
        ? `All ${plural(totals.compromised, 'break-in')} are closed.`
        : 'Nobody, as far as the watch sees.';
    return el('p', { class: 'none' }, closed);
  }
  const toCall = new Set(tasks.open.flatMap(({ person, priority }) => (person && priority < 2 ? [person.id] : [])));
  return el(
    'ul',
    { class: 'cards' },
    brokenInto.map((finding) =>
      el(
        'li',
        { class: 'card compromised' },
        el('p', { class: 'who' }, who(finding.person)),
        el(
          'p',
          { class: 'quiet' },
          el('span', { class: 'more' }, `${period(finding.first, finding.last)} UTC, `),
          ago(finding.last, at),
          statusOf(finding),
        ),
        reachLine(finding.reach),
        toCall.has(finding.person.id) &&
          el('p', { class: 'call' }, el('span', { 'aria-hidden': 'true', class: 'shape' }, '☎'), 'To be called'),
        openButton(finding, open),
      ),
    ),
  );
}

function statusOf({ desk, staged }) {
  return [
    desk.status !== 'open' && ` · ${STATUSES[desk.status]}${desk.reason ? `: ${REASONS[desk.reason]}` : ''}`,
    desk.status === 'open' && desk.by === 'postern' && ' · Opened again: it became worse',
    desk.status !== 'open' && desk.revised && ' · Changed since',
    staged && ' · Rules on trial only: nobody is told',
  ];
}

/** What is to be done, most urgent first. */
export function taskList({ tasks, at }, on) {
  if (tasks.open.length === 0) return el('p', { class: 'none' }, 'Nothing waits for you.');
  const ofPeople = tasks.open.filter(({ person }) => person);
  const urgent = ofPeople.filter(({ priority }) => priority < 2);
  const later = ofPeople.filter(({ priority }) => priority === 2);
  const own = tasks.open.filter(({ person }) => !person);
  const cards = (some) =>
    [...Map.groupBy(some, ({ title, hint }) => `${title}. ${hint}`)].map(([words, alike]) => [
      el('p', { class: 'kind' }, words),
      el(
        'ul',
        { class: 'rows' },
        alike.map((task) => taskCard(task, at, on)),
      ),
    ]);
  const group = (key, title, some) =>
    some.length > 0 && el('details', { 'data-key': key }, el('summary', {}, title), cards(some));
  return [
    urgent.length === 0 ? el('p', { class: 'none' }, 'Nobody has to be called now.') : cards(urgent),
    group(
      'later',
      `${plural(later.length, 'task')}${tasks.more ? ' and more' : ''} about attempts: less urgent`,
      later,
    ),
    group('own', `${plural(own.length, 'task')} about the watch itself`, own),
  ];
}

/** One task with its buttons. `on`: `done` after an action, `say` what came of it, `open` a finding (where that helps). */
export function taskCard(task, at, { done, say, open }) {
  const { id, title, person, priority, since, status } = task;
  const step = (next) => async () => {
    try {
      const { said } = await act({ action: 'task', task: id, tag: task.tag, status: next });
      await done();
      say(said);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.kind === 'conflict') await done();
      say([error.message, ...error.changed].join(' '), 'alarm');
    }
  };
  const about = person ? `: ${person.name ?? person.id}` : '';
  return el(
    'li',
    { class: `task p${priority}` },
    el(
      'div',
      {},
      person ? who(person) : el('strong', {}, 'The watch itself'),
      el(
        'span',
        { class: 'quiet since' },
        `Since ${time(since)} UTC (${ago(since, at)}).`,
        status === 'acknowledged' && ' Being worked on.',
      ),
    ),
    el(
      'p',
      { class: 'buttons' },
      open &&
        person &&
        task.finding &&
        button('Open', () => open(person.id, task.finding), { 'data-key': `see ${id}`, 'aria-label': `Open${about}` }),
      status === 'open' &&
        button('I take it', step('acknowledged'), {
          'data-key': `take ${id}`,
          'aria-label': `I take it: ${title}${about}`,
        }),
      button('Done', step('closed'), { 'data-key': `done ${id}`, 'aria-label': `Done: ${title}${about}` }),
    ),
  );
}

/** Boxes that choose what is listed; `change` gets the new choice. */
export function filterBoxes(filter, change) {
  const boxes = (place, name, all, words) => {
    document
      .getElementById(place)
      .replaceChildren(
        ...all.map((value) =>
          el(
            'label',
            {},
            el('input', { type: 'checkbox', name, value, checked: filter[name].includes(value), onchange: changed }),
            words[value].word ?? words[value],
          ),
        ),
      );
  };
  const chosen = (name) =>
    [...document.querySelectorAll(`#filter input[name=${name}]:checked`)].map(({ value }) => value);
  function changed(event) {
    const next = { outcomes: chosen('outcomes'), statuses: chosen('statuses') };
    // None of them would list nothing: the last one stays.
    if (next.outcomes.length === 0 || next.statuses.length === 0) event.target.checked = true;
    else change(next);
  }
  boxes('outcomes', 'outcomes', ['compromised', 'attacked', 'identified'], OUTCOMES);
  boxes('statuses', 'statuses', ['open', 'acknowledged', 'closed'], STATUSES);
}

/** The list of findings, with what was asked for beyond its first page. */
export function findingList(state, more, open, onMore) {
  const pages = [state.findings, ...more];
  const all = new Map(pages.flatMap(({ findings }) => findings).map((finding) => [finding.id, finding]));
  const { next } = pages.at(-1);
  if (all.size === 0) return el('p', { class: 'none' }, 'None of this kind.');
  return [
    el(
      'ul',
      { class: 'rows' },
      [...all.values()].map((finding) => {
        const { word, shape } = OUTCOMES[finding.outcome];
        return el(
          'li',
          { class: finding.outcome },
          badge(finding.outcome, word, shape),
          el('div', { class: 'who' }, who(finding.person)),
          el(
            'div',
            { class: 'quiet' },
            `${period(finding.first, finding.last)} UTC`,
            finding.attempts > 0 && `, ${plural(finding.attempts, 'attempt')}`,
            statusOf(finding),
          ),
          reachLine(finding.reach),
          openButton(finding, open),
        );
      }),
    ),
    next && button('Show more', onMore, { 'data-key': 'more', class: 'wide' }),
  ];
}

/** Campaigns, those with the most people first. */
export function campaignList({ overview }) {
  if (!overview) return el('p', { class: 'quiet' }, 'Being put together …');
  const asOf = el('p', { class: 'quiet' }, `As of ${time(overview.at)} UTC.`);
  if (overview.campaigns.length === 0) return [el('p', { class: 'none' }, 'No findings share an origin.'), asOf];
  const [first, others] = [overview.campaigns.slice(0, 6), overview.campaigns.slice(6)];
  const cards = (some) => el('ul', { class: 'cards wide-cards' }, some.map(campaignCard));
  return [
    cards(first),
    others.length > 0 &&
      el(
        'details',
        { 'data-key': 'campaigns' },
        el('summary', {}, `${plural(others.length, 'smaller campaign')}`),
        cards(others),
      ),
    asOf,
  ];
}

function campaignCard({ attempts, identified, attacked, compromised, first, last, origins }) {
  return el(
    'li',
    { class: 'card' },
    el(
      'p',
      { class: 'who' },
      el('strong', {}, `${plural(attempts, 'attempt')} on ${plural(identified, 'person', 'people')}`),
    ),
    el('p', {}, `${count(attacked)} attacked, ${count(compromised)} compromised. ${period(first, last)} UTC.`),
    el('p', { class: 'quiet' }, `They share ${origins}.`),
  );
}

/** The audit trail. */
export function trailList({ entries, before }, me, more) {
  if (entries.length === 0) return el('p', { class: 'none' }, 'Nothing yet.');
  return [
    el(
      'ol',
      { class: 'trail' },
      entries.map((entry) => trailLine(entry, me)),
    ),
    before && button('Show earlier', more, { 'data-key': 'earlier', class: 'wide' }),
  ];
}

/** One entry of it. */
export function trailLine({ at, actor, action, person, ref, detail }, me) {
  const by = actor === me ? 'you' : actor === 'postern' ? 'the watch' : actor === 'key' ? 'the local key' : actor;
  const about = [detail, person, ref].filter(Boolean).join(', ');
  return el(
    'li',
    {},
    el('time', { datetime: at }, `${time(at)} UTC`),
    ` ${action}, by `,
    el('span', { class: 'id' }, by),
    about && el('span', { class: 'quiet id' }, ` (${about})`),
  );
}
