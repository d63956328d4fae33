/** The audit trail as the page shows it: newest first, a part at a time. */
import type { z } from 'zod';
import type { Rows } from '../../ports.ts';
import { readTrail, type TrailEntry } from '../trail.ts';
import type { TrailPage, TrailRow } from './shape.ts';

const DAY_MS = 24 * 3600_000;
/** Days that are read at a time, backwards: a month in all. */
const STRETCHES = [1, 2, 5, 8, 15];
const PAGE = 100;
/** Entries about one finding are looked for among so many of the latest. */
const MOST_READ = 5000;

/** Entries before an instant, newest first. @throws UpstreamError */
export async function trailPage(rows: Rows, before: Date): Promise<z.infer<typeof TrailPage>> {
  const found: TrailEntry[] = [];
  let since = before;
  for (const days of STRETCHES) {
    const until = since;
    since = new Date(until.getTime() - days * DAY_MS);
    found.unshift(...(await between(rows, since, until)));
    if (found.length >= PAGE) break;
  }
  // Entries of one instant stay together, or the next page would begin behind some of them.
  const cut = found.at(-PAGE)?.at ?? since;
  const entries = found.filter(({ at }) => at >= cut);
  const isMore = entries.length < found.length || entries.length >= PAGE;
  return { entries: entries.reverse().map(toRow), ...(isMore && { before: cut.toISOString() }) };
}

/** What was done about a finding in the last month, newest first. @throws UpstreamError */
export async function trailOf(rows: Rows, ids: ReadonlySet<string>, now: Date): Promise<z.infer<typeof TrailRow>[]> {
  const found: TrailEntry[] = [];
  let read = 0;
  let since = new Date(now.getTime() + 1);
  for (const days of STRETCHES) {
    const until = since;
    since = new Date(until.getTime() - days * DAY_MS);
    const part = await between(rows, since, until);
    read += part.length;
    found.unshift(...part.filter(({ ref }) => ref !== undefined && ids.has(ref)));
    if (read > MOST_READ) break;
  }
  return found.slice(-PAGE).reverse().map(toRow);
}

async function between(rows: Rows, since: Date, before: Date): Promise<TrailEntry[]> {
  const found: TrailEntry[] = [];
  for await (const entry of readTrail(rows, since, before)) {
    if (entry.at >= before) break;
    found.push(entry);
  }
  return found;
}

function toRow({ at, actor, action, person, ref, detail }: TrailEntry): z.infer<typeof TrailRow> {
  return {
    at: at.toISOString(),
    actor,
    action,
    ...(person !== undefined && { person }),
    ...(ref !== undefined && { ref }),
    ...(detail !== undefined && { detail }),
  };
}
