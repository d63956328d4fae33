import { describe, expect, it } from 'vitest';
import { createSeenRecords } from '../../../src/live/seen-records.ts';

describe('records that were taken in already', () => {
  it('are left out once they are safe, to the letter and whatever else is with them', () => {
    const seen = createSeenRecords();
    const [a, b, c] = [{ id: '1', result: 'success' }, { id: '2' }, { id: '1', result: 'failure' }];
    const first = seen.sift([a, b, { ...a }]);
    expect(first.records).toEqual([a, b]);
    // Not safe yet: taking them in may have failed.
    expect(seen.sift([a]).records).toEqual([a]);
    first.remember();
    expect(seen.sift([b, c, a]).records).toEqual([c]);
  });

  it('the oldest are forgotten when there are too many, all when it is asked for', () => {
    const seen = createSeenRecords(2);
    for (const id of ['1', '2', '3']) seen.sift([{ id }]).remember();
    expect(seen.sift([{ id: '1' }, { id: '2' }, { id: '3' }]).records).toEqual([{ id: '1' }]);
    seen.forget();
    expect(seen.sift([{ id: '3' }]).records).toEqual([{ id: '3' }]);
  });
});
