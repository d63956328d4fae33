import { describe } from 'vitest';
import { describeLaws } from '../../unit/live/ingest-laws.ts';
import { NESTED_RULES } from '../../unit/live/nested-rules.ts';

describe.each([1, 3])('live, whatever happens, ends in the findings of a scan: campaign %i', (seed) => {
  describeLaws({ seed, runs: 12, killEvery: 7 });
});

describe('the same with chains over chains of several persons', () => {
  describeLaws({ seed: 4, runs: 12, killEvery: 11, rules: { more: NESTED_RULES } });
});
