/** From raw records to what concerns enrolled people: places they were at, and rule hits. Pure, apart from its tallies. */

import type { Watch } from '../assemble-watch.ts';
import type { LogEvent, Place } from '../model/log-event.ts';
import { accountKey } from '../model/person.ts';
import type { RawRecord } from '../ports.ts';
import { ownedEvent, readRecord } from '../record-event.ts';
import type { Hit } from '../rules/schema.ts';
import type { People } from './people-store.ts';

/** A successful sign-in of a person. */
export interface Arrival {
  readonly place: Place;
  /** Epoch ms. */
  readonly at: number;
}

/** What became of the records of a batch. Counts only: no content. */
export interface BatchTally {
  /** Events of the watched kinds, also of people who are not enrolled. */
  events: number;
  /** Of these, of accounts that nobody enrolled has. */
  notEnrolled: number;
  /** Why → records that are understood and of no interest. */
  ignored: Record<string, number>;
  /** Records that are not understood. */
  unreadable: number;
  /** What was wrong with them → how often; the first kinds of problems only. */
  problems: Record<string, number>;
  /** Hits of detection rules, those of records that were read before among them. */
  hits: number;
  /** Rule → how often it failed. */
  faults: Record<string, number>;
  /** The latest event time. */
  newest?: Date;
}

/** A batch, by person. */
export interface Batch {
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
  readonly hits: ReadonlyMap<string, readonly Hit[]>;
  /** Object ids that records told for accounts enrolled by name. */
  readonly learned: readonly { readonly person: string; readonly upn: string; readonly id: string }[];
  readonly tally: BatchTally;
}

const MOST_PROBLEMS = 20;

/** Reads records. Hits of rules that no chain uses are counted and left out. */
export function readBatch(
  records: readonly RawRecord[],
  watch: Pick<Watch, 'sources' | 'ruleSet'>,
  people: People,
  isOfUse: (hit: Hit) => boolean,
): Batch {
  const arrivals = new Map<string, Arrival[]>();
  const hits = new Map<string, Hit[]>();
  const learned = new Map<string, { person: string; upn: string; id: string }>();
  const tally: BatchTally = {
    events: 0,
    notEnrolled: 0,
    ignored: {},
    unreadable: 0,
    problems: {},
    hits: 0,
    faults: {},
  };

  function take(event: LogEvent): void {
    tally.events++;
    if (!tally.newest || event.at > tally.newest) tally.newest = event.at;
    const found = event.subject && people.byAccount(event.subject);
    if (!found || !event.subject) {
      tally.notEnrolled++;
      return;
    }
    const { person, account } = found;
    const { id, upn } = event.subject;
    if (id && !account.id && account.upn === upn) learned.set(account.upn, { person: person.id, upn: account.upn, id });
    // A record that names the account by its id only tells of the account by the name that it was enrolled under.
    const key = accountKey(upn ? event.subject : { ...event.subject, upn: account.upn });
    const detected = watch.ruleSet.detect(ownedEvent(event, person.id, key, person.sensitive));
    for (const { rule } of detected.faults) tally.faults[rule] = (tally.faults[rule] ?? 0) + 1;
    if (event.arrived) append(arrivals, person.id, { place: event.place, at: event.at.getTime() });
    tally.hits += detected.hits.length;
    for (const hit of detected.hits) if (isOfUse(hit)) append(hits, person.id, hit);
  }

  for (const record of records) {
    const reading = readRecord(watch.sources, record);
    if (reading.kind === 'event') take(reading.event);
    else if (reading.kind === 'ignored') tally.ignored[reading.why] = (tally.ignored[reading.why] ?? 0) + 1;
    else {
      tally.unreadable++;
      for (const problem of reading.problems) {
        const isKnown = Object.hasOwn(tally.problems, problem);
        if (!isKnown && Object.keys(tally.problems).length >= MOST_PROBLEMS) continue;
        tally.problems[problem] = (tally.problems[problem] ?? 0) + 1;
      }
    }
  }
  return { arrivals, hits, learned: [...learned.values()], tally };
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
