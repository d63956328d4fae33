import { describe } from 'vitest';
import { describeLaws } from './ingest-laws.ts';
import { NESTED_RULES } from './nested-rules.ts';

describe('live, whatever happens, ends in the findings of a scan', { timeout: 60_000 }, () => {
  describeLaws({ seed: 4, runs: 3, killEvery: 50 });
});

describe('the same with chains over chains of several persons', { timeout: 60_000 }, () => {
  describeLaws({ seed: 4, runs: 3, killEvery: 50, rules: { more: NESTED_RULES } });
});
