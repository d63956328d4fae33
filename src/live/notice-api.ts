/**
 * Routes about notices, beside those of people (no person has these ids):
 *
 * GET   people/notices/{reference}   is a notice that somebody has in hand ours? (Postern.Desk: it says who was told)
 * POST  people/drill/{name}          starts a drill (Postern.Admin)
 * GET   people/drill/{name}          who was reached by it (Postern.Admin)
 */

import { parseReference } from '../notify/reference.ts';
import type { Verification } from '../notify/verify.ts';
import { verifyReference } from '../notify/verify.ts';
import type { Role } from './authorize.ts';
import { reportDrill, startDrill } from './drill.ts';
import { createLedger } from './ledger.ts';
import type { NoticePorts } from './notice-ports.ts';
import type { TrailEntry } from './trail.ts';
import type { WebReply, WebRequest } from './web.ts';

/** What the routes need. */
export interface NoticeApiPorts {
  readonly notices: NoticePorts;
  /** Appends to the audit trail. */
  readonly note: (entry: Omit<TrailEntry, 'at' | 'actor'>) => Promise<void>;
}

/** What the desk is told of a reference: `name` of the person, who is asked for on the phone. */
export type Verified = Verification & { readonly name?: string };

const DRILL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const HEADERS = { 'cache-control': 'no-store' };

/** The role that a route of this kind needs; undefined: it is one about people. */
export function noticeRole({ id }: WebRequest['params']): Role | undefined {
  if (id === 'notices') return 'Postern.Desk';
  return id === 'drill' ? 'Postern.Admin' : undefined;
}

/** Answers a request of somebody who has `noticeRole`. @throws UpstreamError */
export async function handleNotices(request: WebRequest, ports: NoticeApiPorts): Promise<WebReply> {
  const { id, verb = '' } = request.params;
  if (id === 'drill') return drill(request, ports, verb);
  if (request.method !== 'GET') return notAllowed('GET');
  const verified = await verifyNotice(ports.notices, verb);
  const { result } = verified;
  // First the trail, then the answer: whose a reference is, is personal data.
  if (result === 'unreadable') await ports.note({ action: 'notice verified', detail: result });
  else {
    const person = 'person' in verified ? { person: verified.person } : {};
    await ports.note({ action: 'notice verified', ref: verified.reference, detail: result, ...person });
  }
  return { status: 200, headers: HEADERS, jsonBody: verified };
}

/** Whether a notice is ours, as read out by somebody who has it in hand. @throws UpstreamError */
export async function verifyNotice({ rows, people, settings }: NoticePorts, typed: string): Promise<Verified> {
  const reference = parseReference(typed);
  if (reference === undefined) return { result: 'unreadable' };
  const ledger = createLedger(rows);
  const entry = await ledger.reference(reference);
  if (!entry) return { result: 'unknown', reference };
  const person = await people.get(entry.person);
  const name = person && { name: person.name };
  if (entry.kind === 'code') return { result: 'code', reference, person: entry.person, ...name };
  const { deliveries } = await ledger.load(entry.person);
  const own = [...deliveries.values()].map(({ delivery }) => delivery);
  return { ...verifyReference(reference, own, settings.POSTERN_CARD_KEY, person?.card), ...name };
}

async function drill(request: WebRequest, { notices, note }: NoticeApiPorts, name: string): Promise<WebReply> {
  if (!DRILL_NAME.test(name)) {
    const error = 'A drill has a name of letters, digits, dots and dashes, at most 40, as 2026-12.';
    return { status: 400, jsonBody: { error } };
  }
  if (request.method === 'GET') return { status: 200, headers: HEADERS, jsonBody: await reportDrill(notices, name) };
  if (request.method !== 'POST') return notAllowed('GET, POST');
  const { messages } = await startDrill(notices, name);
  await note({ action: 'drill started', ref: name, detail: `${messages} messages` });
  return { status: 200, jsonBody: { messages, dryRun: notices.settings.POSTERN_MODE === 'dry-run' } };
}

function notAllowed(allow: string): WebReply {
  return { status: 405, headers: { allow }, jsonBody: { error: `Use ${allow}.` } };
}
