/**
 * The desk's API, under `desk/api/…`. One handler; the function that calls it has asked `authorize` first.
 *
 * GET  state?outcome=…&status=…         everything on the first screen; with `if-none-match` 304 while nothing changed
 * GET  findings?outcome=…&status=…&after=…   one page of findings
 * GET  finding?person=…&id=…            one finding with everything around it
 * GET  overview                         campaigns and reach, made anew if out of date: the one call that may take seconds
 * GET  trail?before=…                   the audit trail, newest first
 * GET  cases, case?id=…&people=1        false alarms as drafts for rule authors; `people`: with the finding as it was
 * GET  report?quarter=2026Q4&format=…   the transparency report, as JSON or HTML
 * POST actions                          an `Action` of shape.ts; 409 when it was decided on something that has changed
 *
 * An action needs the header `x-postern-desk`, which no form can send, and must come from a page of the same origin.
 */
import { createHash } from 'node:crypto';
import { OUTCOMES } from '../../model/finding.ts';
import { parseQuarter } from '../../report/transparency.ts';
import { toTransparencyHtml } from '../../report/transparency-html.ts';
import type { WebReply, WebRequest } from '../web.ts';
import { act } from './actions.ts';
import type { DeskPorts } from './desk-ports.ts';
import { findFinding, readDetail } from './detail.ts';
import { listCases, readCase } from './false-alarms.ts';
import { toListed } from './lists.ts';
import { freshOverview } from './overview.ts';
import { quarterReport } from './quarter.ts';
import { ACTION_HEADER, Action } from './shape.ts';
import { PAGE, readState, type StateQuery } from './state.ts';
import { trailPage } from './trail-pages.ts';

const STATUSES = ['open', 'acknowledged', 'closed'] as const;
const MOST_BYTES = 10_000;
/** Personal data is kept nowhere on the way. */
const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** Answers one request of somebody who may. `path` is what follows `desk/api/`. @throws UpstreamError */
export async function handleDesk(request: WebRequest, path: string, ports: DeskPorts): Promise<WebReply> {
  if (request.method === 'POST') {
    if (path !== 'actions') return failed(404, 'There is only actions to post to.');
    return isOwnPage(request) ? takeAction(request, ports) : failed(403, 'Actions are taken from the desk page only.');
  }
  switch (path) {
    case 'state':
      return state(request, ports);
    case 'findings':
      return findings(request, ports);
    case 'finding':
      return finding(request, ports);
    case 'overview':
      return ok({ overview: await freshOverview(ports) });
    case 'trail':
      return trail(request, ports);
    case 'cases':
      return ok({ cases: await listCases(ports.rows) });
    case 'case':
      return oneCase(request, ports);
    case 'report':
      return report(request, ports);
    default:
      return failed(404, 'There is no such part of the desk.');
  }
}

function ok(jsonBody: unknown): WebReply {
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(jsonBody) };
}

/** A refusal in words. */
export function failed(status: number, error: string, changed?: readonly string[]): WebReply {
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ error, ...(changed && { changed }) }) };
}

async function state(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const query = queryOf(request);
  if (!query) return failed(400, 'outcome and status are lists of known words.');
  const known = request.headers.get('if-none-match');
  if (known === null) await ports.note({ action: 'desk opened' });
  const now = await readState(ports, query);
  // The instant of asking is no news.
  const { at: _, ...news } = now;
  const etag = `"${createHash('sha256').update(JSON.stringify(news)).digest('base64url').slice(0, 27)}"`;
  const headers = { ...JSON_HEADERS, etag };
  return known === etag ? { status: 304, headers } : { status: 200, headers, body: JSON.stringify(now) };
}

function queryOf(request: WebRequest): StateQuery | undefined {
  const words = <T extends string>(name: string, all: readonly T[], otherwise: readonly T[]) => {
    const given = request.query.get(name)?.split(',');
    const known = given?.flatMap((word) => all.find((one) => one === word) ?? []);
    return given?.length === known?.length ? (known ?? otherwise) : undefined;
  };
  const outcomes = words('outcome', OUTCOMES, ['compromised', 'attacked']);
  const statuses = words('status', STATUSES, ['open', 'acknowledged']);
  return outcomes && statuses && { outcomes, statuses };
}

async function findings(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const query = queryOf(request);
  if (!query) return failed(400, 'outcome and status are lists of known words.');
  const page = await ports.findings.tab(query, PAGE, request.query.get('after') ?? undefined);
  const listed = await toListed(ports, page.findings);
  return ok({ findings: listed, ...(page.next !== undefined && { next: page.next }) });
}

async function finding(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const [person, id] = [request.query.get('person') ?? '', request.query.get('id') ?? ''];
  const found = await findFinding(ports, person, id);
  if (!found) return failed(404, 'This finding is not stored any more.');
  // First the trail, then the answer: nothing is read that is not noted.
  await ports.note({ action: 'finding opened', person, ref: found.stored.finding.id });
  return ok(await readDetail(ports, found));
}

async function trail(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const given = request.query.get('before');
  const before = given === null ? new Date(ports.clock.now().getTime() + 1) : new Date(given);
  if (Number.isNaN(before.getTime())) return failed(400, 'before is an instant, as 2026-11-26T12:00:00Z.');
  return ok(await trailPage(ports.rows, before));
}

async function oneCase(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const isWithPeople = request.query.get('people') === '1';
  const id = request.query.get('id') ?? '';
  const found = await readCase(ports.rows, id, !isWithPeople);
  if (found === undefined) return failed(404, 'There is no such case.');
  await ports.note({
    action: 'case downloaded',
    ref: id.split(':').at(-1) ?? '',
    detail: isWithPeople ? 'with people' : 'redacted',
  });
  return download(`${JSON.stringify(found, undefined, 2)}\n`, 'application/json', 'false-alarm.json');
}

async function report(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const quarter = parseQuarter(request.query.get('quarter') ?? '');
  if (!quarter) return failed(400, 'quarter is a quarter of a year, as 2026Q4.');
  const made = await quarterReport(ports, quarter);
  await ports.note({ action: 'report made', detail: quarter.name });
  const name = `postern-${quarter.name}`;
  return request.query.get('format') === 'html'
    ? download(toTransparencyHtml(made), 'text/html', `${name}.html`)
    : download(`${JSON.stringify(made, undefined, 2)}\n`, 'application/json', `${name}.json`);
}

function download(body: string, type: string, name: string): WebReply {
  const headers = {
    ...JSON_HEADERS,
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  };
  return { status: 200, headers, body };
}

/** A form of another site cannot set headers; what browsers say of where a request comes from must fit, too. */
function isOwnPage(request: WebRequest): boolean {
  if (request.headers.get(ACTION_HEADER) === null) return false;
  if (!(request.headers.get('content-type') ?? '').startsWith('application/json')) return false;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') return false;
  const origin = request.headers.get('origin');
  if (origin === null) return true;
  const hosts = [request.headers.get('x-forwarded-host'), request.headers.get('host'), hostOf(request.url)];
  return URL.canParse(origin) && hosts.includes(hostOf(origin));
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

async function takeAction(request: WebRequest, ports: DeskPorts): Promise<WebReply> {
  const text = await request.text();
  const action = text.length <= MOST_BYTES ? Action.safeParse(parseJson(text)) : undefined;
  if (!action?.success) return failed(400, 'This is no action that the desk knows.');
  const outcome = await act(ports, action.data);
  switch (outcome.kind) {
    case 'done':
      return ok({ ...outcome.done, ...(await detailAfter(ports, action.data)) });
    case 'conflict':
      return failed(409, 'This has changed since you saw it. Nothing was done.', outcome.changed);
    case 'gone':
      return failed(404, 'This is not stored any more.');
    case 'refused':
      return failed(422, outcome.why);
  }
}

/** The finding is on the screen of whoever acted: it comes along, and is not opened anew. */
async function detailAfter(ports: DeskPorts, action: Action) {
  const found = action.action === 'task' ? undefined : await findFinding(ports, action.person, action.finding);
  return found && { detail: await readDetail(ports, found) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
