/** The desk page: asks for the state every few seconds, shows it, and says aloud only what is new. */
import { CallError, getFindings, getOverview, getState, getTrail } from './api.js';
import { drawDays } from './chart.js';
import { openFinding, refreshDetail } from './detail.js';
import { el, fill } from './element.js';
import {
  blindStrip,
  brokenList,
  campaignList,
  filterBoxes,
  findingList,
  taskList,
  totalTiles,
  trailList,
} from './lists.js';
import { reportSection } from './report.js';
import { plural, time } from './words.js';

const EVERY_MS = 4000;
/** The overview takes a reading of everything, so it is asked for only when it is out of date, and not too often. */
const OVERVIEW_EVERY_MS = 30_000;

const view = {
  filter: { outcomes: ['compromised', 'attacked'], statuses: ['open', 'acknowledged'] },
  /** @type {import('./vendor/shape.js').State | undefined} */
  state: undefined,
  etag: undefined,
  /** Pages that were asked for beyond the first. */
  more: [],
  trail: { entries: [], before: undefined },
  overviewAt: 0,
};
let timer;
let asking;
let isWanted = false;

/** Asks now; while an answer is under way, once more after it. Resolves when there is nothing left to ask. */
function ask() {
  clearTimeout(timer);
  isWanted = true;
  asking ??= askAll().finally(() => {
    asking = undefined;
    timer = setTimeout(ask, document.hidden ? EVERY_MS * 5 : EVERY_MS);
  });
  return asking;
}

async function askAll() {
  while (isWanted) {
    isWanted = false;
    await askOnce();
  }
}

async function askOnce() {
  try {
    const answer = await getState(view.filter, view.etag);
    document.getElementById('ended').hidden = true;
    if (!answer.same) take(answer.value, answer.etag);
    checked();
    if (view.state.stale || !view.state.overview) await askOverview();
  } catch (error) {
    failed(error);
  }
}

async function askOverview() {
  if (performance.now() - view.overviewAt < OVERVIEW_EVERY_MS && view.overviewAt > 0) return;
  view.overviewAt = performance.now();
  const { value } = await getOverview();
  if (!value.overview) return;
  view.state = { ...view.state, overview: value.overview };
  show();
}

function take(state, etag) {
  const before = view.state;
  view.state = state;
  view.etag = etag;
  show();
  if (before) announce(before, state);
  refreshDetail(state);
}

function show() {
  const { state } = view;
  document.title = state.brokenInto.length > 0 ? `(${state.brokenInto.length}) Postern desk` : 'Postern desk';
  fill('organization', ` · ${state.organization}`);
  const mode = document.getElementById('mode');
  mode.hidden = state.mode === 'live';
  fill(mode, 'Dry run: everything is watched, and nobody is told.');
  fill('blind', blindStrip(state));
  document.getElementById('blind').className =
    `blind ${!state.blind.known || state.blind.gaps.length > 0 ? 'is-blind' : 'is-seeing'}`;
  fill('totals', totalTiles(state));
  fill('broken', brokenList(state, openFinding));
  fill('tasks', taskList(state, { done: again, say, open: openFinding }));
  fill('findings', findingList(state, view.more, openFinding, more));
  fill('campaigns', campaignList(state));
  drawDays(document.getElementById('days'), state.days);
  fill('report', reportSection(state));
}

function checked() {
  fill('checked', `As of ${time(view.state.at)} UTC. Updates by itself.`);
}

/** Says aloud what an officer must hear; everything else is only shown. */
function announce(before, now) {
  const added = (name) => Math.max(0, now.totals[name] - before.totals[name]);
  const tasks = now.tasks.open.filter(({ id }) => !before.tasks.open.some((one) => one.id === id)).length;
  const gaps = now.blind.gaps.length - before.blind.gaps.length;
  const news = [
    added('compromised') > 0 && `${plural(added('compromised'), 'more account', 'more accounts')} broken into`,
    added('attacked') > 0 && `${plural(added('attacked'), 'more person', 'more people')} attacked`,
    tasks > 0 && plural(tasks, 'new task'),
    gaps > 0 && 'the watch has become blind in one more place',
  ].filter(Boolean);
  if (news.length > 0) fill('news', `New: ${news.join(', ')}.`);
}

/** What came of an action that was taken on the page itself. */
function say(text, style = '') {
  fill('said', text && el('span', { class: style }, text));
}

function failed(error) {
  if (!(error instanceof CallError)) throw error;
  const place = document.getElementById('ended');
  place.hidden = false;
  const reload =
    error.kind === 'ended' && el('button', { type: 'button', onclick: () => location.reload() }, 'Sign in again');
  fill(place, el('p', {}, error.message), reload);
}

/** After an action: at once, not in four seconds. */
async function again() {
  await ask();
  await showTrail();
}

async function more() {
  const after = view.more.at(-1)?.next ?? view.state.findings.next;
  if (view.more.length > 0 && !view.more.at(-1).next) return;
  try {
    view.more.push((await getFindings(view.filter, after)).value);
    show();
  } catch (error) {
    failed(error);
  }
}

async function showTrail(before) {
  try {
    const { value } = await getTrail(before);
    view.trail = before ? { ...value, entries: [...view.trail.entries, ...value.entries] } : value;
    fill(
      'trail',
      trailList(view.trail, view.state?.me, () => showTrail(view.trail.before)),
    );
  } catch (error) {
    failed(error);
  }
}

function start() {
  filterBoxes(view.filter, (filter) => {
    Object.assign(view, { filter, more: [] });
    void ask().then(() => view.state && show());
  });
  document.addEventListener('visibilitychange', () => !document.hidden && void ask());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.state && show());
  new ResizeObserver(() => view.state && drawDays(document.getElementById('days'), view.state.days)).observe(
    document.getElementById('days'),
  );
  document.addEventListener('desk-changed', () => void again());
  void ask().then(() => showTrail());
}

start();
