/** A small reference campaign with some of its people enrolled, for tests that compare the live watch with a scan. */

import { type CampaignOptions, settle } from '../../../local/campaign/options.ts';
import { createPeople } from '../../../local/campaign/people.ts';
import { campaignTruth, generateCampaign } from '../../../local/campaign.ts';
import { loadContent } from '../../../src/content.ts';
import { createIngest } from '../../../src/ingest.ts';
import { EnrolledPerson } from '../../../src/model/enrolled-person.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Enrollment } from '../../../src/model/person.ts';
import type { RawRecord } from '../../../src/ports.ts';
import type { RuleMode } from '../../../src/rules/schema.ts';
import { createWatch, type Watch } from '../../../src/watch.ts';

/** One record and when it arrives. */
export interface Arriving {
  readonly record: RawRecord;
  readonly arrivesAt: Date;
}

/** People, the records that concern them, in order of arrival, and an instant at which everything is over. */
export interface SmallCampaign {
  readonly rules: WatchRules;
  readonly watch: Watch;
  readonly people: readonly EnrolledPerson[];
  readonly records: readonly Arriving[];
  readonly end: Date;
}

/** Everybody in a campaign, enrolled under opaque ids, with object ids. */
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

/** Some two dozen people: all who are compromised, some who are attacked, some who are only looked up. */
export async function smallCampaign(seed: number, rules: WatchRules = {}): Promise<SmallCampaign> {
  const options = { seed, people: 400, days: 12, attempts: 100, attacked: 25 };
  const truth = campaignTruth(options);
  const wanted = new Set([...truth.compromised, ...truth.attacked.slice(0, 14), ...truth.identified.slice(0, 12)]);
  const people = enrolledPeople(options).filter(({ accounts }) => accounts.some(({ upn }) => wanted.has(upn)));
  const watch = await watchOf(rules);
  const keys = new Set(people.flatMap(({ accounts }) => accounts.flatMap(({ id, upn }) => [id ?? '', upn])));
  const concerns = (record: RawRecord) => {
    const reading = watch.sources.find((source) => source.recognizes(record))?.toLogEvent(record);
    const { id = '', upn = '' } = (reading?.kind === 'event' && reading.event.subject) || {};
    return keys.has(id) || keys.has(upn);
  };
  const records = [...generateCampaign(options)].filter(({ record }) => concerns(record));
  const last = records.reduce((latest, { arrivesAt }) => Math.max(latest, arrivesAt.getTime()), 0);
  return { rules, watch, people, records, end: new Date(last + 3 * 24 * 3600_000) };
}

/** What differs from the rules that come with Postern. */
export interface WatchRules {
  readonly modes?: Readonly<Record<string, RuleMode>>;
  /** Texts of further rules. */
  readonly more?: readonly string[];
}

/** A watch whose hashes are the same in every run. */
export async function watchOf({ modes, more = [] }: WatchRules = {}): Promise<Watch> {
  const content = await loadContent();
  const rules = [...content.rules, ...more.map((text, index) => ({ path: `more-${index}.yml`, text }))];
  return createWatch({ content: { ...content, rules }, hashKey: Buffer.alloc(32, 7), ...(modes && { modes }) });
}

/** What a scan concludes from all records. */
export async function scanOf({ rules, people, records }: SmallCampaign, now: Date): Promise<readonly Finding[]> {
  const byKey = new Map(
    people.flatMap((person) =>
      person.accounts.flatMap(({ id, upn }) => [id, upn].map((key) => [key ?? '', person] as const)),
    ),
  );
  const enrollment: Enrollment = ({ id, upn }) => {
    const person = byKey.get(id ?? '') ?? byKey.get(upn ?? '');
    return person && { id: person.id, accounts: [], recoveryAddresses: [], sensitive: person.sensitive };
  };
  const ingest = createIngest({ ...(await watchOf(rules)), enrollment });
  for (const { record } of records) ingest.take(record);
  return ingest.conclude(now).findings;
}
