/** A small reference campaign with its people enrolled, for tests that compare the live watch with a scan. */

import { type CampaignOptions, settle } from '../../../local/campaign/options.ts';
import { createPeople } from '../../../local/campaign/people.ts';
import { generateCampaign } from '../../../local/campaign.ts';
import { type Content, loadContent } from '../../../src/content.ts';
import { createIngest } from '../../../src/ingest.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Enrollment } from '../../../src/model/person.ts';
import type { RawRecord } from '../../../src/ports.ts';
import { createWatch, type Watch } from '../../../src/watch.ts';

/** Everybody in the campaign, enrolled under opaque ids, with object ids. */
export function enrolledPeople(options: CampaignOptions): EnrolledPerson[] {
  return createPeople(settle(options)).map(({ index, name, id, upn, secondary }) =>
    EnrolledPerson.parse({
      id: `p_${String(index).padStart(16, '0')}`,
      name,
      accounts: [
        { kind: 'work', id, upn },
        ...(secondary ? [{ kind: 'linked', id: secondary.id, upn: secondary.upn }] : []),
      ],
      enrolledAt: '2026-01-01T00:00:00Z',
    }),
  );
}

/** One record and when it arrives. */
export interface Arriving {
  readonly record: RawRecord;
  readonly arrivesAt: Date;
}

/** The records that concern some people only: those of the attack, and as many others. */
export function recordsOf(options: CampaignOptions): Arriving[] {
  return [...generateCampaign(options)].map(({ record, arrivesAt }) => ({ record, arrivesAt }));
}

/** A watch whose hashes are the same in every run. */
export async function watchOf(content?: Content): Promise<Watch> {
  return createWatch({ content: content ?? (await loadContent()), hashKey: Buffer.alloc(32, 7) });
}

/** What a scan concludes from the records. */
export function scanOf(
  watch: Watch,
  people: readonly EnrolledPerson[],
  records: readonly RawRecord[],
  now: Date,
): readonly Finding[] {
  const byKey = new Map(
    people.flatMap((person) =>
      person.accounts.flatMap(({ id, upn }) => [id, upn].map((key) => [key ?? '', person] as const)),
    ),
  );
  const enrollment: Enrollment = ({ id, upn }) => {
    const person = byKey.get(id ?? '') ?? byKey.get(upn ?? '');
    return person && { id: person.id, accounts: [], recoveryAddresses: [], sensitive: person.sensitive };
  };
  const ingest = createIngest({ ...watch, enrollment });
  for (const record of records) ingest.take(record);
  return ingest.conclude(now).findings;
}
