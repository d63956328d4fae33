/**
 * Which windows of time a poll reads. Pure.
 *
 * Entra's records come late: most within minutes, some after an hour, multi-factor results after two. So every stretch of
 * time is read several times, soon and often at first and rarely later (a ladder), instead of with one wide overlap.
 * Reading twice is harmless. A rung reaches back from where it was last read up to, so the ladder holds whatever the
 * distance between polls; with a poll each minute the windows are the last 3 minutes each minute, the last 60 minutes
 * each 15, the last 24 hours each 6.
 */

/** A stretch of event time, both ends included. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

/** Names of the rungs above the first. */
export type RungName = 'hour' | 'day';

/** How often and how far back. */
interface Rung {
  readonly everyMs: number;
  /** Before the instant up to which the rung was last read. */
  readonly reachMs: number;
}

/** A ladder. `fresh` is read in every poll, up to `lagMs` ago. */
interface Ladder {
  readonly fresh: { readonly reachMs: number; readonly lagMs: number };
  readonly hour: Rung | undefined;
  readonly day: Rung | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Ladders for growing volume: the first whose `costs` (times that each record is read) a source can afford. What the
 * narrow ones miss is only what arrives very late; the last reads everything once, three minutes after it happened.
 */
export const LADDERS: readonly (Ladder & { readonly costs: number })[] = [
  {
    costs: 11,
    fresh: { reachMs: 2 * MINUTE, lagMs: 0 },
    hour: { everyMs: 15 * MINUTE, reachMs: 45 * MINUTE },
    day: { everyMs: 6 * HOUR, reachMs: 18 * HOUR },
  },
  {
    costs: 5,
    fresh: { reachMs: MINUTE, lagMs: 0 },
    hour: { everyMs: 40 * MINUTE, reachMs: 20 * MINUTE },
    day: { everyMs: 16 * HOUR, reachMs: 8 * HOUR },
  },
  {
    costs: 3.5,
    fresh: { reachMs: MINUTE / 2, lagMs: 0 },
    hour: { everyMs: HOUR, reachMs: MINUTE },
    day: { everyMs: 24 * HOUR, reachMs: MINUTE },
  },
  { costs: 2.25, fresh: { reachMs: MINUTE / 4, lagMs: 0 }, hour: { everyMs: HOUR, reachMs: MINUTE }, day: undefined },
  { costs: 1.05, fresh: { reachMs: 3000, lagMs: 3 * MINUTE }, hour: undefined, day: undefined },
];

/** What is known of a source before a poll. */
export interface Progress {
  /** Up to here everything was read at least once. */
  readonly cursor?: Date | undefined;
  /** Up to when each rung was last read. */
  readonly hourAt?: Date | undefined;
  readonly dayAt?: Date | undefined;
  /** Records per minute of event time. */
  readonly perMinute?: number | undefined;
}

/** Limits of a source. */
export interface Volume {
  /** Records of a full page. */
  readonly pageSize: number;
  /** Pages per minute that the source may use in the long run. */
  readonly pagesPerMinute: number;
  /** How far back the log goes. */
  readonly retentionMs: number;
}

/** What a poll reads: the fresh window, and a rung that is due. */
export interface Plan {
  readonly fresh: Window;
  readonly rung?: { readonly name: RungName; readonly window: Window };
  /** True when the rung is so small that it is read together with the fresh window, in one request. */
  readonly together: boolean;
}

/** The richest ladder that the volume allows; the narrowest when none does. */
export function ladderFor(perMinute: number | undefined, { pageSize, pagesPerMinute }: Volume): Ladder {
  const pages = (perMinute ?? 0) / pageSize;
  const affordable = LADDERS.find(({ costs }) => costs * pages <= pagesPerMinute);
  return affordable ?? (LADDERS.at(-1) as Ladder);
}

/** True when even one reading of everything is more than the source may use. */
export function isTooMuch(perMinute: number | undefined, { pageSize, pagesPerMinute }: Volume): boolean {
  return (1.05 * (perMinute ?? 0)) / pageSize > pagesPerMinute;
}

/** Records that a window is expected to hold. */
export function expectedRecords(window: Window, perMinute: number | undefined): number {
  return ((window.to.getTime() - window.from.getTime()) / MINUTE) * (perMinute ?? 0);
}

/** Plans one poll at `now`. On the first one the day rung is due, so that a new watch begins with the last 24 hours. */
export function planPoll(progress: Progress, volume: Volume, now: Date): Plan {
  const ladder = ladderFor(progress.perMinute, volume);
  const oldest = now.getTime() - volume.retentionMs;
  const at = (ms: number) => new Date(Math.min(now.getTime(), Math.max(oldest, ms)));
  const cursor = Math.min(progress.cursor?.getTime() ?? now.getTime(), now.getTime());
  const from = at(cursor - ladder.fresh.reachMs);
  const fresh = { from, to: new Date(Math.max(from.getTime(), now.getTime() - ladder.fresh.lagMs)) };
  const rung = dueRung(progress, ladder, now);
  if (!rung) return { fresh, together: false };
  const window = { from: at(rung.from), to: fresh.from };
  if (window.from >= window.to)
    return { fresh, rung: { name: rung.name, window: { ...window, to: window.from } }, together: true };
  const whole = { from: window.from, to: fresh.to };
  const together =
    progress.perMinute !== undefined && expectedRecords(whole, progress.perMinute) <= volume.pageSize / 2;
  return { fresh, rung: { name: rung.name, window }, together };
}

/** The day rung covers the hour's. */
function dueRung({ hourAt, dayAt }: Progress, ladder: Ladder, now: Date): { name: RungName; from: number } | undefined {
  const isDue = (at: Date | undefined, { everyMs }: Rung) =>
    at === undefined || now.getTime() - at.getTime() >= everyMs || at.getTime() > now.getTime();
  if (ladder.day && isDue(dayAt, ladder.day)) {
    const last = Math.min(dayAt?.getTime() ?? now.getTime() - ladder.day.everyMs, now.getTime());
    return { name: 'day', from: last - ladder.day.reachMs };
  }
  if (ladder.hour && isDue(hourAt, ladder.hour)) {
    const last = Math.min(hourAt?.getTime() ?? now.getTime() - ladder.hour.everyMs, now.getTime());
    return { name: 'hour', from: last - ladder.hour.reachMs };
  }
  return undefined;
}

/** Pages that one slice should have: some, so that requests are few, and few, so that a crash repeats little. */
const PAGES_PER_SLICE = 8;
/** Length of the first slice of a source whose volume is not known. */
const UNKNOWN_SLICE_MS = 5 * MINUTE;

/** The first slice of a window, about eight pages long; whole seconds, because filters have no fractions. */
export function firstSlice(window: Window, perMinute: number | undefined, pageSize: number, mostMs: number): Window {
  const rate = perMinute ?? Number.NaN;
  const wanted = Number.isNaN(rate) ? UNKNOWN_SLICE_MS : (PAGES_PER_SLICE * pageSize * MINUTE) / Math.max(rate, 1e-9);
  const lengthMs = Math.max(1000, Math.min(wanted, mostMs));
  const to = Math.min(window.to.getTime(), Math.ceil((window.from.getTime() + lengthMs) / 1000) * 1000);
  return { from: window.from, to: new Date(to) };
}

/** The first half of a slice that held too much, or `undefined` when it cannot be cut any more. */
export function halve({ from, to }: Window): Window | undefined {
  const lengthMs = to.getTime() - from.getTime();
  if (lengthMs <= 1000) return undefined;
  return { from, to: new Date(Math.ceil((from.getTime() + lengthMs / 2) / 1000) * 1000) };
}

/** The volume after a slice with `records`: slow to forget, because nights are quiet. */
export function learnVolume(known: number | undefined, slice: Window, records: number): number {
  const minutes = Math.max(1 / 60, (slice.to.getTime() - slice.from.getTime()) / MINUTE);
  const seen = records / minutes;
  // A short slice says little: its weight grows with its length.
  const weight = Math.min(0.5, minutes / 30);
  return known === undefined ? seen : known + weight * (seen - known);
}
