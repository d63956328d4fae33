import { beforeAll, describe, expect, it } from 'vitest';
import { parsePeople } from '../../cli/people-file.ts';
import { campaignTruth, generateCampaign, peopleFile } from '../../local/campaign.ts';
import { type Content, loadContent } from '../../src/content.ts';
import { createIngest } from '../../src/ingest.ts';
import { createEnrollment } from '../../src/model/person.ts';
import { totals } from '../../src/rules/totals.ts';
import { createWatch } from '../../src/watch.ts';

// The default seed, which rule authors looked at, and five that no rule was written against. All of full size.
const SEEDS = [1, 2, 3, 5, 8, 13];

describe('the reference campaign: 2,700 attempts, 241 attacked, 4 compromised', () => {
  let content: Content;
  beforeAll(async () => {
    content = await loadContent();
  });

  it.each(SEEDS)('seed %i: exact counts, the right names, nobody else', (seed) => {
    const options = { seed };
    const truth = campaignTruth(options);
    const enrollment = createEnrollment(parsePeople(peopleFile(options), 'people.yml'));
    const watch = createWatch({ content });
    const ingest = createIngest({ ...watch, enrollment });
    let last = new Date(0);
    for (const { record } of generateCampaign(options)) {
      const taken = ingest.take(record);
      expect(taken.kind).not.toBe('unreadable');
      if (taken.kind === 'event' && taken.at > last) last = taken.at;
    }
    const { findings, campaigns, faults } = ingest.conclude(last);
    const named = (outcomes: readonly string[]) =>
      [
        ...new Set(findings.filter((finding) => outcomes.includes(finding.outcome)).map((finding) => finding.person)),
      ].sort();
    expect(faults).toEqual([]);
    expect(named(['identified', 'attacked', 'compromised'])).toEqual([...truth.identified].sort());
    expect(totals(findings)).toMatchObject({ attempts: 2700, attacked: 241, compromised: 4 });
    expect(named(['compromised'])).toEqual([...truth.compromised].sort());
    expect(named(['compromised', 'attacked'])).toEqual([...truth.attacked].sort());
    // One crew with a dozen browsers and a hundred networks: one campaign, which counts for itself.
    const identified = truth.identified.length;
    expect(campaigns).toMatchObject([{ attempts: 2700, identified, attacked: 241, compromised: 4 }]);
    for (const { findings: ids, ...counts } of campaigns) {
      expect(counts).toMatchObject(totals(findings.filter(({ id }) => ids.includes(id))));
    }
  });
});
