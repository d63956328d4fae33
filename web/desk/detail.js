/** One finding in a dialog: what happened, who was told, what to do. */
import { act, CallError, getFinding } from './api.js';
import { askAnswer, askFalseAlarm, askReason, askRevoke } from './ask.js';
import { badge, button, el, fill } from './element.js';
import { reachLine, taskCard, trailLine, who } from './lists.js';
import { CHANNEL_WHY, clock, day, OUTCOMES, plural, REASONS, reference, STATUSES, time } from './words.js';

const dialog = document.getElementById('detail');
/** What is open: person and finding, what is known of it, and the state of the page. */
let shown;
let page;

dialog.addEventListener('close', () => {
  shown = undefined;
  dialog.replaceChildren();
});

/** Opens a finding. Opening is noted in the trail. */
export async function openFinding(person, id) {
  shown = { person, id };
  fill(dialog, el('h2', { id: 'detail-title' }, 'Opening …'));
  if (!dialog.open) dialog.showModal();
  await load();
}

/** Loads what is open anew when the list shows another version of it. */
export function refreshDetail(state) {
  page = state;
  if (!shown?.detail) return;
  const listed = [...state.brokenInto, ...state.findings.findings].find(({ id }) => id === shown.detail.finding.id);
  if (listed && listed.tag !== shown.detail.finding.tag) void load('This finding has changed; here is how it is now.');
}

async function load(news) {
  const { person, id } = shown;
  try {
    const { value } = await getFinding(person, id);
    if (shown?.id !== id) return;
    shown.detail = value;
    show(news);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    fill(
      dialog,
      head(el('h2', { id: 'detail-title' }, 'Not shown')),
      el('p', { class: 'said alarm', role: 'alert' }, error.message),
    );
  }
}

const say = (text, style = '') => {
  const place = dialog.querySelector('#detail-said');
  if (place) fill(place, text && el('p', { class: `said ${style}` }, text));
};

/** Does it with the version that is shown. What has changed meanwhile is said, and shown. */
async function doIt(action) {
  const { finding } = shown.detail;
  try {
    const done = await act({ ...action, person: finding.person.id, finding: finding.id, tag: finding.tag });
    if (done.detail) {
      shown.detail = done.detail;
      show(done.said);
    } else await load(done.said);
    if (done.steps) showSteps(done.steps);
    document.dispatchEvent(new Event('desk-changed'));
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const text = [error.message, ...error.changed].join(' ');
    if (error.kind === 'conflict') await load(text);
    say(text, 'alarm');
  }
}

function showSteps(steps) {
  const lines = steps.map(({ account, step, ok, why }) =>
    el(
      'li',
      {},
      `${ok ? '✓' : '✕'} ${account}: ${step === 'sessions' ? 'sessions' : 'new password'}${ok ? '' : `. ${why}`}`,
    ),
  );
  dialog.querySelector('#detail-said').append(el('ul', { class: 'steps' }, lines));
}

function head(title) {
  return el(
    'header',
    { class: 'dialog-head' },
    title,
    button('Back', () => dialog.close(), { class: 'close' }),
  );
}

function show(news) {
  const { detail } = shown;
  const { finding } = detail;
  const { word, shape } = OUTCOMES[finding.outcome];
  fill(
    dialog,
    head(el('h2', { id: 'detail-title' }, el('bdi', {}, finding.person.name ?? finding.person.id))),
    el('div', { id: 'detail-said', role: 'status' }, news && el('p', { class: 'said' }, news)),
    el(
      'p',
      {},
      badge(finding.outcome, word, shape),
      ' ',
      el('strong', {}, detail.headline),
      ` · ${detail.accounts.join(', ')}`,
    ),
    el('p', { class: 'advice' }, detail.advice),
    reachLine(finding.reach),
    deskLine(finding.desk),
    el('div', { class: 'buttons' }, buttons(detail)),
    el(
      'div',
      { class: 'columns' },
      el('div', {}, story(detail)),
      el('div', {}, person(detail), notices(detail), answers(detail), tasks(detail)),
    ),
    more(detail),
  );
}

function deskLine({ status, by, at, reason, note, revised }) {
  if (status === 'open' && !by) return el('p', { class: 'quiet' }, STATUSES.open);
  const officer = by === page?.me ? 'you' : by === 'postern' ? 'the watch, because it became worse' : by;
  return el(
    'p',
    { class: 'quiet' },
    `${STATUSES[status]}${reason ? `: ${REASONS[reason]}` : ''}, by ${officer}, ${time(at)} UTC.`,
    note && ` “${note}”`,
    revised && ' It has changed since.',
  );
}

function buttons({ finding, references }) {
  const { status } = finding.desk;
  const name = finding.person.name ?? finding.person.id;
  return [
    status === 'open' &&
      button('I take it', () => doIt({ action: 'acknowledge' }), { class: 'primary', 'data-key': 'acknowledge' }),
    status !== 'closed' &&
      button(
        'Close the case …',
        async () => withAnswer(await askReason(name), (given) => ({ action: 'close', ...given })),
        {
          'data-key': 'close-finding',
        },
      ),
    status !== 'closed' &&
      button(
        'False alarm …',
        async () => withAnswer(await askFalseAlarm(name), (given) => ({ action: 'false-alarm', ...given })),
        { 'data-key': 'false-alarm' },
      ),
    status !== 'open' && button('Open again', () => doIt({ action: 'reopen' }), { 'data-key': 'reopen' }),
    references.length > 0 &&
      button('The person is on the phone …', () => phone(name, references), { 'data-key': 'phone' }),
    page?.actions &&
      button(
        'End sessions, require new password …',
        async () => withAnswer(await askRevoke(name, finding.person), (given) => ({ action: 'revoke', ...given })),
        { class: 'danger', 'data-key': 'revoke' },
      ),
  ];
}

function withAnswer(given, toAction) {
  if (given) void doIt(toAction(given));
}

async function phone(name, references) {
  const askPair = async (one) => {
    const { finding } = shown.detail;
    return act({
      action: 'ask-pair',
      reference: one,
      person: finding.person.id,
      finding: finding.id,
      tag: finding.tag,
    });
  };
  withAnswer(await askAnswer(name, references, askPair), (given) => ({ action: 'answer', ...given }));
}

function story({ story: lines, changes, cut }) {
  let before = '';
  const items = lines.map((line) => {
    const name = day(line.at);
    const isNew = name !== before;
    before = name;
    const until = clock(line.at) === clock(line.until) ? '' : ` to ${clock(line.until)}`;
    const details = [
      line.count > 1 && `${line.count} times`,
      line.account,
      line.place && `from ${line.place}`,
      line.source,
    ].filter(Boolean);
    return el(
      'li',
      {},
      isNew && el('h4', {}, `${name} (UTC)`),
      el('time', { datetime: line.at }, clock(line.at) + until),
      el('div', {}, line.text, el('span', { class: 'quiet' }, details.join(' · '))),
    );
  });
  return [
    el('h3', {}, 'What happened'),
    cut && el('p', { class: 'quiet' }, 'There was more evidence than is kept.'),
    el('ol', { class: 'story' }, items),
    changes.length > 0 && [
      el('h3', {}, 'What was changed'),
      el(
        'ul',
        {},
        changes.map((change) => el('li', {}, change)),
      ),
    ],
  ];
}

function person({ about, channels, finding }) {
  if (!about) return [el('h3', {}, 'The person'), el('p', { class: 'quiet' }, 'Not enrolled any more.')];
  return [
    el('h3', {}, 'How to reach them'),
    el(
      'p',
      {},
      who(finding.person),
      ` · ${about.language}, ${about.timeZone}`,
      about.sensitive && ' · sensitive account',
    ),
    about.plan.map((line) => el('p', { class: 'plan' }, line)),
    el(
      'ul',
      { class: 'plain' },
      channels.map(({ kind, address, use, why }) =>
        el(
          'li',
          { class: use === 'full' ? 'good' : 'unsure' },
          el('span', { 'aria-hidden': 'true', class: 'shape' }, use === 'full' ? '✓' : '✕'),
          `${kind === 'sms' ? 'Phone' : 'Mail'} `,
          el('span', { class: 'id' }, address),
          use === 'full' ? ': not part of the attack' : `: ${CHANNEL_WHY[why] ?? why}`,
        ),
      ),
    ),
  ];
}

const NOTICE_STATUS = {
  planned: 'waiting',
  queued: 'waiting',
  accepted: 'sent',
  delivered: 'arrived',
  failed: 'failed',
  'dry-run': 'dry run: not sent',
};

function notices({ notices: all }) {
  if (all.length === 0) return [el('h3', {}, 'Notices'), el('p', { class: 'quiet' }, 'None was sent.')];
  return [
    el('h3', {}, 'Notices'),
    el(
      'ul',
      { class: 'plain' },
      all.map((notice) =>
        el(
          'li',
          {},
          `${notice.kind === 'sms' ? 'SMS' : 'Mail'} to `,
          el('span', { class: 'id' }, notice.address ?? notice.channel),
          `: ${NOTICE_STATUS[notice.status] ?? notice.status}`,
          notice.at && `, ${time(notice.at)} UTC`,
          notice.why && ` (${notice.why})`,
          el(
            'span',
            { class: 'quiet' },
            ` reference ${reference(notice.reference)}${notice.variant === 'desk-line' ? ', one neutral line only' : ''}`,
          ),
        ),
      ),
    ),
  ];
}

function answers({ answers: all }) {
  if (all.length === 0) return undefined;
  const trust = {
    tainted: ', over a channel that the attacker may hold',
    untainted: '',
    factor: ', proven by the safety card',
  };
  return [
    el('h3', {}, 'Answers'),
    el(
      'ul',
      { class: 'plain' },
      all.map(({ answer, at, via, trust: worth }) =>
        el(
          'li',
          {},
          el('strong', {}, answer === 'me' ? 'It was me' : 'It was not me'),
          `, by ${via === 'desk' ? 'phone' : via}, ${time(at)} UTC${trust[worth]}`,
        ),
      ),
    ),
  ];
}

function tasks({ tasks: all }) {
  if (all.length === 0) return undefined;
  const done = async () => {
    document.dispatchEvent(new Event('desk-changed'));
    await load();
  };
  return [
    el('h3', {}, 'To do'),
    all.map((task) => [
      el('p', { class: 'kind' }, `${task.title}. ${task.hint}`),
      el('ul', { class: 'rows' }, taskCard(task, page?.at ?? task.since, { done, say })),
    ]),
  ];
}

function more({ finding, techniques, trail }) {
  return [
    el('h3', {}, 'Who did what about it'),
    trail.length > 0
      ? el(
          'ol',
          { class: 'trail' },
          trail.map((entry) => trailLine({ ...entry, person: undefined, ref: undefined }, page?.me)),
        )
      : el('p', { class: 'quiet' }, 'Nothing yet.'),
    el(
      'p',
      { class: 'quiet id' },
      `Finding ${finding.id}, level ${finding.level}, rules: ${finding.chains.join(', ')}${techniques.length > 0 ? `, ATT&CK: ${techniques.join(', ')}` : ''}`,
      finding.attempts > 0 && `, ${plural(finding.attempts, 'attempt')}`,
    ),
  ];
}
