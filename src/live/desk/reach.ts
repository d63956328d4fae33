/** How far word of a finding has got to its person, from the person's part of the ledger. */
import type { z } from 'zod';
import { Delivery } from '../../model/notice.ts';
import { type Telling, Told } from '../../model/told.ts';
import type { Rows } from '../../ports.ts';
import { Answer } from '../answer-rows.ts';
import type { Reach, ReachKind } from './shape.ts';

/** Everything that one person was told, and answered. */
export interface PersonWord {
  readonly tellings: readonly Telling[];
  readonly deliveries: readonly Delivery[];
  readonly answers: readonly Answer[];
}

/** Nothing was told. */
export const NO_WORD: PersonWord = { tellings: [], deliveries: [], answers: [] };

/** One person's part of the ledger, in one query. @throws UpstreamError */
export async function loadWord(rows: Rows, person: string): Promise<PersonWord> {
  const all = [];
  for await (const row of rows.list('ledger', person)) all.push(row);
  return toWord(all);
}

/** The same from rows that were read already. */
export function toWord(rows: readonly { readonly row: string; readonly value: unknown }[]): PersonWord {
  const word = { tellings: [] as Telling[], deliveries: [] as Delivery[], answers: [] as Answer[] };
  for (const { row, value } of rows) {
    if (row === 'told') word.tellings.push(...Told.parse(value).tellings);
    else if (row.startsWith('notice:')) word.deliveries.push(Delivery.parse(value));
    else if (row.startsWith('answer:')) word.answers.push(Answer.parse(value));
  }
  return word;
}

/** What was told of a finding, under its id or one that it had before. */
export function tellingsOf(word: PersonWord, ids: readonly string[]): readonly Telling[] {
  return word.tellings.filter(({ finding }) => ids.includes(finding));
}

/** How far word of a finding has got. `ids`: of the finding, former ones included. */
export function reachOf(word: PersonWord, ids: readonly string[]): z.infer<typeof Reach> {
  const references = new Set(tellingsOf(word, ids).map(({ reference }) => reference));
  const own = word.deliveries.filter(({ notice }) => references.has(notice.reference) && notice.variant !== 'helper');
  const delivered = own.filter(({ status }) => status === 'delivered');
  const given = word.answers.filter(({ reference }) => references.has(reference)).flatMap((answer) => answer.given);
  // An answer from a channel that the attacker may hold proves nothing; "not me" counts wherever it comes from.
  const heard = given.filter(({ answer, trust }) => answer === 'not-me' || trust !== 'tainted');
  const worst = heard.find(({ answer }) => answer === 'not-me') ?? heard.at(-1);
  const counts = { notices: own.length, delivered: delivered.length };
  if (worst) return { kind: 'answered', ...counts, at: worst.at.toISOString(), answer: worst.answer };
  const kind = kindOf(own);
  const at = lastTime(kind === 'delivered' ? delivered : own, kind);
  return { kind, ...counts, ...(at && { at: at.toISOString() }) };
}

function kindOf(own: readonly Delivery[]): ReachKind {
  const has = (...wanted: readonly Delivery['status'][]) => own.some(({ status }) => wanted.includes(status));
  if (has('delivered')) return 'delivered';
  if (has('accepted')) return 'sent';
  if (has('planned', 'queued')) return 'waiting';
  if (has('failed')) return 'failed';
  return has('dry-run') ? 'dry-run' : 'nobody-told';
}

const STATUS_OF: Partial<Record<ReachKind, Delivery['status']>> = {
  delivered: 'delivered',
  sent: 'accepted',
  waiting: 'planned',
  failed: 'failed',
  'dry-run': 'dry-run',
};

function lastTime(own: readonly Delivery[], kind: ReachKind): Date | undefined {
  const status = STATUS_OF[kind];
  const times = own.flatMap(({ times }) => (status && times[status]) ?? []);
  return times.length > 0 ? new Date(Math.max(...times.map((at) => at.getTime()))) : undefined;
}

/** True when word has arrived for certain. */
export function isReached({ kind }: { readonly kind: ReachKind }): boolean {
  return kind === 'answered' || kind === 'delivered';
}
