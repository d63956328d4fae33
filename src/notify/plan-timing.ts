/** When a person is told: batches with jitter, daily cap, quiet hours. */
import type { EnrolledPerson } from '../model/enrolled-person.ts';
import type { NoticeState } from '../model/notice.ts';
import type { Telling } from '../model/told.ts';
import { fraction } from './plan-ids.ts';
import { nextAllowed } from './quiet-hours.ts';

const DAY_MS = 24 * 3600_000;

/** What timing depends on. */
export interface TimingInput {
  readonly state: NoticeState;
  readonly person: EnrolledPerson;
  /** Key of the episode: the same one has the same jitter. */
  readonly episode: string;
  /** What counts towards the cap: everything sent, of other episodes and states. */
  readonly others: readonly Telling[];
  readonly batchMinutes: number;
  readonly dailyCap: number;
  readonly now: Date;
}

/** When, and what held it back. */
export interface Timing {
  readonly at: Date;
  /** The cap or the quiet hours made it later; a change or break-in is then told to the desk at once. */
  readonly heldBy: readonly ('daily-cap' | 'quiet-hours')[];
}

/**
 * Break-ins and changes at once; attempts after half to one and a half of the batch time, so that an attacker who tries
 * and watches learns nothing from when the notice comes. The cap and the quiet hours move it further; the cap never moves
 * a break-in.
 */
export function timeToTell(input: TimingInput): Timing {
  const { state, person, now } = input;
  const wanted = state === 'tried' ? batchEnd(input) : now;
  const belowCap = state === 'got-in' ? wanted : whenBelowCap(wanted, input);
  const at = nextAllowed(person, belowCap);
  return {
    at,
    heldBy: [
      ...(belowCap > wanted ? (['daily-cap'] as const) : []),
      ...(at > belowCap ? (['quiet-hours'] as const) : []),
    ],
  };
}

function batchEnd({ person, episode, batchMinutes, now }: TimingInput): Date {
  const share = 0.5 + fraction('batch', person.id, episode);
  return new Date(now.getTime() + Math.round(batchMinutes * 60_000 * share));
}

/** The first instant from `wanted` on at which less than `dailyCap` notices lie within the day before. */
function whenBelowCap(wanted: Date, { others, dailyCap }: TimingInput): Date {
  const told = others.filter(({ sent, state }) => sent && state !== 'got-in').map(({ due }) => due.getTime());
  const candidates = [wanted.getTime(), ...told.map((at) => at + DAY_MS).filter((at) => at > wanted.getTime())];
  candidates.sort((a, b) => a - b);
  const free = candidates.find((at) => told.filter((due) => due > at - DAY_MS && due <= at).length < dailyCap);
  return new Date(free ?? wanted.getTime());
}
