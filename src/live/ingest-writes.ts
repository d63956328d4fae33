/** What an evaluation has to write, unit by unit: rows, findings, outbox messages, and the due rows before them. */
import type { QueueMessage, RowWrite } from '../ports.ts';
import { bucketOf } from './buckets.ts';
import type { Due } from './due.ts';
import type { FindingChange, FindingChanges } from './finding-changes.ts';
import type { GroupChange, PersonChange } from './next-states.ts';
import { outboxWrite } from './outbox.ts';
import type { StateCache } from './state-cache.ts';
import { findingMessage, findingRow } from './stored-finding.ts';
import type { UnitWrites } from './transactions.ts';
import { writeGroup, writePerson } from './unit-rows.ts';
import type { GroupState, PersonState } from './unit-state.ts';

/** A person, with what becomes of their findings. */
export interface ChangedPerson extends PersonChange {
  readonly changes: FindingChanges;
}

/** Who hears that a unit is durable. */
export interface Done {
  readonly states: Pick<StateCache, 'keep' | 'forget'>;
  /** Findings that changed, and the messages that are in the outbox of the bucket now. */
  readonly told: (changes: readonly FindingChange[], messages: readonly QueueMessage[], bucket: string) => void;
}

/** The write of a group. */
export function groupWrites({ before, next }: GroupChange, { states }: Done): UnitWrites {
  return {
    key: next.key,
    bucket: bucketOf(next.hash),
    writes: [guarded(next.key, writeGroup(next), before.tag)],
    after: new Set(),
    done: (tag) => remember(states, next, tag),
  };
}

/** The writes of a person; `version` of Postern goes into the OCSF form. */
export function personWrites({ before, next, after, changes }: ChangedPerson, version: string, done: Done): UnitWrites {
  const { id, key } = before;
  const bucket = bucketOf(id);
  const state: PersonState = { ...next, findings: changes.notes };
  const messages = changes.changes.map(({ stored, change }) => findingMessage(stored, change, version));
  const writes: RowWrite[] = [
    ...changes.joined.map((joined): RowWrite => ({ op: 'delete', row: findingRow(id, joined) })),
    ...changes.changes.map(
      ({ stored }): RowWrite => ({ op: 'put', row: findingRow(id, stored.finding.id), value: stored }),
    ),
    ...messages.map(outboxWrite),
    // The last, should there be more writes than fit into one transaction: it is what the others are found by.
    guarded(key, writePerson(state), before.tag),
  ];
  return {
    key,
    bucket,
    writes,
    after,
    done(tag) {
      remember(done.states, state, tag);
      done.told(changes.changes, messages, bucket);
    },
  };
}

/** Due rows of absences that are open now and were not, or not for as long, before. */
export function absencesDue(
  units: readonly { readonly before: PersonState | GroupState; readonly next: PersonState | GroupState }[],
  lateMs: number,
): Due[] {
  return units.flatMap(({ before, next }): Due[] => {
    if (next.due === undefined || next.due === before.due) return [];
    const due = { at: new Date(next.due + lateMs), kind: 'evaluate', ref: next.key };
    return ['places' in next ? { ...due, person: next.id } : due];
  });
}

function remember(states: Done['states'], state: PersonState | GroupState, tag: string | undefined): void {
  if (tag === undefined) states.forget([state.key]);
  else states.keep({ ...state, tag });
}

function guarded(row: string, value: unknown, tag: string | undefined): RowWrite {
  return tag === undefined ? { op: 'insert', row, value } : { op: 'replace', row, value, tag };
}
