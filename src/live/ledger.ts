/**
 * The ledger: who was told what, over which channel, and what became of it. Rows of the table `ledger`:
 *
 *   <person>   notice:<id>          Delivery
 *   <person>   told                 Told
 *   <person>   answer:<reference>   Answer
 *   ref        <reference>          whose it is
 *   provider   <provider id>        which notice a delivery report means
 *   desk       notice:<id>          DeskDelivery (desk-notices.ts)
 *
 * What belongs to one person is in one partition, so that a decision and its notices are written in one transaction.
 */
import { z } from 'zod';
import { Delivery } from '../model/notice.ts';
import { Told } from '../model/told.ts';
import type { Rows, RowWrite } from '../ports.ts';

/** A delivery as stored, with the tag that guards a change. */
export interface StoredDelivery {
  readonly delivery: Delivery;
  readonly tag: string;
}

/** Everything that one person was told. */
export interface PersonLedger {
  readonly told: Told;
  /** Absent: nothing is stored yet. */
  readonly toldTag: string | undefined;
  /** By notice id. */
  readonly deliveries: ReadonlyMap<string, StoredDelivery>;
}

/**
 * Whose a reference is. `finding`: the episode's key (`Telling.finding`), a drill's name, or for a code that proves a
 * channel nothing; nothing else is kept of a code, so retention forgets its reference after a day.
 */
export const ReferenceEntry = z.strictObject({
  person: z.string(),
  finding: z.string(),
  kind: z.enum(['telling', 'drill', 'code']),
});
/** Whose a reference is. */
export type ReferenceEntry = z.infer<typeof ReferenceEntry>;

const ProviderEntry = z.strictObject({ person: z.string(), notice: z.string() });
/** Which notice a provider's id means. */
export type ProviderEntry = z.infer<typeof ProviderEntry>;

/** The row of the told record. */
export const TOLD_ROW = 'told';

/** The row of a notice. */
export function noticeRow(id: string): string {
  return `notice:${id}`;
}

/** See the head of this file. Every call @throws UpstreamError */
export function createLedger(rows: Rows) {
  async function putIndex(partition: 'ref' | 'provider', row: string, value: unknown): Promise<boolean> {
    const written = await rows.transact('ledger', partition, [{ op: 'insert', row, value }]);
    return written === 'done';
  }

  return {
    /** What one person was told, and their deliveries. */
    async load(person: string): Promise<PersonLedger> {
      const stored = await rows.get('ledger', person, TOLD_ROW);
      const deliveries = new Map<string, StoredDelivery>();
      for await (const { value, tag } of rows.list('ledger', person, 'notice:', 'notice;')) {
        const delivery = Delivery.parse(value);
        deliveries.set(delivery.notice.id, { delivery, tag });
      }
      return { told: Told.parse(stored?.value ?? {}), toldTag: stored?.tag, deliveries };
    },

    async delivery(person: string, notice: string): Promise<StoredDelivery | undefined> {
      const stored = await rows.get('ledger', person, noticeRow(notice));
      return stored && { delivery: Delivery.parse(stored.value), tag: stored.tag };
    },

    /** All writes or none, in one person's partition. */
    transact(person: string, writes: readonly RowWrite[]): Promise<'done' | 'conflict'> {
      return rows.transact('ledger', person, writes);
    },

    /** Writes a delivery over the version that was read. */
    replace(delivery: Delivery, tag: string): Promise<'done' | 'conflict'> {
      const row = noticeRow(delivery.notice.id);
      return rows.transact('ledger', delivery.notice.person, [{ op: 'replace', row, value: delivery, tag }]);
    },

    /** Takes a reference: `taken` when it already means something else. */
    async claimReference(reference: string, entry: ReferenceEntry): Promise<'ours' | 'taken'> {
      if (await putIndex('ref', reference, entry)) return 'ours';
      const stored = await this.reference(reference);
      return stored?.person === entry.person && stored.finding === entry.finding ? 'ours' : 'taken';
    },

    async reference(reference: string): Promise<ReferenceEntry | undefined> {
      const stored = await rows.get('ledger', 'ref', reference);
      return stored && ReferenceEntry.parse(stored.value);
    },

    /** Writing the same again is harmless. */
    async indexProvider(providerId: string, entry: ProviderEntry): Promise<void> {
      await putIndex('provider', providerId, entry);
    },

    async provider(providerId: string): Promise<ProviderEntry | undefined> {
      const stored = await rows.get('ledger', 'provider', providerId);
      return stored && ProviderEntry.parse(stored.value);
    },
  };
}
/** The ledger. */
export type Ledger = ReturnType<typeof createLedger>;

/** The write that puts the told record over the version that was read. */
export function toldWrite({ toldTag }: Pick<PersonLedger, 'toldTag'>, told: Told): RowWrite {
  return toldTag === undefined
    ? { op: 'insert', row: TOLD_ROW, value: told }
    : { op: 'replace', row: TOLD_ROW, value: told, tag: toldTag };
}
