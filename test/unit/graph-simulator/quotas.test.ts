import { describe, expect, it } from 'vitest';
import { createQuotas, unitsFor } from '../../../local/graph-simulator/quotas.ts';
import { Refusal } from '../../../local/graph-simulator/refusal.ts';

/** `ok`, or the seconds to wait (undefined = not told). */
function outcome(work: () => unknown): string | undefined {
  try {
    work();
    return 'ok';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect([error.status, error.code]).toEqual([429, 'TooManyRequests']);
    return error.headers['retry-after'];
  }
}

describe('quotas', () => {
  it('reports: 5 in any 10 s, with the time to wait', () => {
    const quotas = createQuotas();
    const at = [0, 1000, 2000, 3000, 4000, 4001, 9999, 10_000, 10_001, 11_000];
    expect(at.map((now) => outcome(() => quotas.take('reports', 1, now)))).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
      '6',
      '1',
      'ok',
      '1',
      'ok',
    ]);
    expect(quotas.use().reports).toEqual({ calls: 10, throttled: 3, spent: 7, peakShare: 1, meanShare: 7 / 5.5 });
  });

  it('risk: 1 a second, without a word of when', () => {
    const quotas = createQuotas();
    expect([0, 500, 999, 1000].map((now) => outcome(() => quotas.take('risk', 1, now)))).toEqual([
      'ok',
      undefined,
      undefined,
      'ok',
    ]);
  });

  it('message trace: 100 in 5 minutes', () => {
    const quotas = createQuotas();
    for (let n = 0; n < 100; n++) expect(outcome(() => quotas.take('message-trace', 1, n))).toBe('ok');
    expect(outcome(() => quotas.take('message-trace', 1, 100))).toBe('300');
  });

  it('directory: resource units by the size of the tenant', () => {
    expect([0, 49, 50, 500, 501, 1_000_000].map(unitsFor)).toEqual([3500, 3500, 5000, 5000, 8000, 8000]);
    const quotas = createQuotas();
    expect(quotas.take('directory', 3000, 0, undefined, 3500)).toBeCloseTo(0.857, 3);
    expect(outcome(() => quotas.take('directory', 501, 1, undefined, 3500))).toBe('10');
    expect(outcome(() => quotas.take('directory', 500, 1, undefined, 3500))).toBe('ok');
  });

  it('Outlook: per mailbox', () => {
    const quotas = createQuotas();
    for (let n = 0; n < 10_000; n++) quotas.take('outlook', 1, 0, 'a');
    expect(outcome(() => quotas.take('outlook', 1, 0, 'a'))).toBe('600');
    expect(outcome(() => quotas.take('outlook', 1, 0, 'b'))).toBe('ok');
  });

  it('a day of four calls each 10 s is four fifths of the reports quota', () => {
    const quotas = createQuotas();
    for (let at = 0; at <= 86_400_000; at += 10_000) for (let n = 0; n < 4; n++) quotas.take('reports', 1, at);
    const { throttled, peakShare, meanShare } = quotas.use().reports ?? { throttled: 0, peakShare: 0, meanShare: 0 };
    expect([throttled, peakShare, meanShare.toFixed(2)]).toEqual([0, 0.8, '0.80']);
    quotas.reset();
    expect(quotas.use()).toEqual({});
  });
});
