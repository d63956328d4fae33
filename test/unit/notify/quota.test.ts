import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QuotaLimit, type QuotaState, takeToken } from '../../../src/notify/quota.ts';

const MINUTE = 60_000;
const LIMITS: readonly QuotaLimit[] = [
  { windowMs: MINUTE, most: 30 },
  { windowMs: 60 * MINUTE, most: 100 },
];
const START = Date.parse('2026-11-23T12:00:00Z');

/** Takes tokens at these seconds; tells at which a message went. */
function went(seconds: readonly number[], priority: 0 | 1 | 2, limits = LIMITS, state: QuotaState = {}) {
  const sent: number[] = [];
  let known = state;
  for (const second of seconds) {
    const answer = takeToken(known, limits, priority, new Date(START + second * 1000));
    if (answer.kind === 'wait') continue;
    known = answer.state;
    sent.push(second);
  }
  return { sent, state: known };
}

const times = (count: number, second = 0) => Array.from({ length: count }, () => second);

describe('tokens', () => {
  it.each([
    ['break-ins may use all', 0, 30],
    ['changes leave a seventh', 1, 26],
    ['attempts leave three tenths', 2, 21],
  ] as const)('%s', (_, priority, count) => {
    expect(went(times(100), priority).sent).toHaveLength(count);
  });

  it('a break-in goes although everything else has used its share', () => {
    const { state } = went(times(100), 2);
    expect(went(times(20), 0, LIMITS, state).sent).toHaveLength(9);
  });

  it('says how long until there is one, and there is', () => {
    const { state } = went(times(30, 1), 0);
    const now = new Date(START + 1000);
    const answer = takeToken(state, LIMITS, 0, now);
    expect(answer).toEqual({ kind: 'wait', forMs: 64_000, windowMs: MINUTE });
    expect(takeToken(state, LIMITS, 0, new Date(now.getTime() + 63_999)).kind).toBe('wait');
    expect(takeToken(state, LIMITS, 0, new Date(now.getTime() + 64_000)).kind).toBe('go');
  });

  it('the hour binds when the minute does not', () => {
    const { sent, state } = went([...times(30, 0), ...times(30, 70), ...times(30, 140), ...times(30, 210)], 0);
    expect(sent).toHaveLength(100);
    expect(takeToken(state, LIMITS, 0, new Date(START + 280_000))).toEqual({
      kind: 'wait',
      forMs: 3_620_000,
      windowMs: 3_600_000,
    });
  });

  it('tells what is left in the window that binds', () => {
    expect(takeToken({}, LIMITS, 0, new Date(START))).toMatchObject({ kind: 'go', left: 29, of: 30 });
  });

  it('a limit of one still lets attempts through', () => {
    expect(went([0, 1, 70, 71], 2, [{ windowMs: MINUTE, most: 1 }]).sent).toEqual([0, 70]);
  });

  it('never more than the limit in any stretch of a window, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom<0 | 1 | 2>(0, 1, 2),
        (at, most, priority) => {
          const sorted = at.sort((a, b) => a - b);
          const { sent } = went(
            sorted.map((ms) => ms / 1000),
            priority,
            [{ windowMs: MINUTE, most }],
          );
          for (const [index, second] of sent.entries()) {
            const inWindow = sent.slice(index).filter((other) => other < second + 60).length;
            expect(inWindow).toBeLessThanOrEqual(most);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('whoever waits as long as told gets a token, if nobody else comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 200 }), (at) => {
        const limits = [{ windowMs: MINUTE, most: 7 }];
        const sorted = at.sort((a, b) => a - b);
        const { state } = went(
          sorted.map((ms) => ms / 1000),
          0,
          limits,
        );
        const now = START + (sorted.at(-1) ?? 0);
        const answer = takeToken(state, limits, 2, new Date(now));
        if (answer.kind === 'go') return;
        expect(takeToken(state, limits, 2, new Date(now + answer.forMs)).kind).toBe('go');
      }),
      { numRuns: 200 },
    );
  });
});
