import { describe } from 'vitest';
import { describeLaws } from '../../unit/live/ingest-laws.ts';

describe.each([1, 3])('live, whatever happens, ends in the findings of a scan: campaign %i', (seed) => {
  describeLaws({ seed, runs: 25, killEvery: 3 });
});
