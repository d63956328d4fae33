import { describe } from 'vitest';
import { describeLaws } from './ingest-laws.ts';

describe('live, whatever happens, ends in the findings of a scan', { timeout: 60_000 }, () => {
  describeLaws({ seed: 4, runs: 3, killEvery: 50 });
});
