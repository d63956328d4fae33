/** Remembers when timers ran, so that a run missed while the host was down is made up for (the real host: blobs). */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** When a timer ran and is to run, ISO 8601; `last` is the year 1 before the first run, as in .NET. */
export interface ScheduleStatus {
  readonly last: string;
  readonly next: string;
  readonly lastUpdated: string;
}

/** Statuses by function name. */
export interface ScheduleStore {
  get(name: string): ScheduleStatus | undefined;
  set(name: string, status: ScheduleStatus): void;
}

const FILE = 'timers.json';
const status = z.object({ last: z.iso.datetime(), next: z.iso.datetime(), lastUpdated: z.iso.datetime() });
const content = z.record(z.string(), status);

/** A store in a folder, made when missing; in memory when `dir` is undefined. A file that is damaged counts as none. */
export function openScheduleStore(dir: string | undefined): ScheduleStore {
  const statuses = new Map<string, ScheduleStatus>(dir === undefined ? [] : Object.entries(read(dir)));
  return {
    get: (name) => statuses.get(name),
    set: (name, value) => {
      statuses.set(name, value);
      if (dir !== undefined) write(dir, Object.fromEntries(statuses));
    },
  };
}

function read(dir: string): Record<string, ScheduleStatus> {
  try {
    return content.parse(JSON.parse(readFileSync(join(dir, FILE), 'utf8')));
  } catch {
    return {};
  }
}

/** Written beside and renamed, so that a kill leaves the old or the new one. */
function write(dir: string, statuses: Record<string, ScheduleStatus>): void {
  mkdirSync(dir, { recursive: true });
  const beside = join(dir, `${FILE}.new`);
  writeFileSync(beside, JSON.stringify(statuses, null, 2));
  renameSync(beside, join(dir, FILE));
}
