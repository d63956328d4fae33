import { expect, it } from 'vitest';
import { problemsOfQueues, QUEUES } from '../../../local/service-bus/queues.ts';
import { definition } from './queues-for-tests.ts';

it('the product has three queues, and nothing is wrong with them', () => {
  expect(QUEUES.map(({ name }) => name)).toEqual(['notifications', 'findings', 'notices']);
  expect(problemsOfQueues(QUEUES)).toEqual([]);
});

it.each([
  [{ name: '' }, 'name must be'],
  [{ name: 'a/b' }, 'name must be'],
  [{ lockDurationMs: 0 }, 'lockDurationMs'],
  [{ lockDurationMs: 300_001 }, 'lockDurationMs'],
  [{ maxDeliveryCount: 0 }, 'maxDeliveryCount'],
  [{ maxDeliveryCount: 2.5 }, 'maxDeliveryCount'],
  [{ duplicateDetectionMs: -1 }, 'duplicateDetectionMs'],
  [{ duplicateDetectionMs: 8 * 86_400_000 }, 'duplicateDetectionMs'],
  [{ defaultTtlMs: 0 }, 'defaultTtlMs'],
  [{ defaultTtlMs: Number.NaN }, 'defaultTtlMs'],
])('%j is refused', (changes, words) => {
  expect(problemsOfQueues([definition({ name: 'ok', ...changes })]).join()).toContain(words);
});

it('two queues that differ only in case are one too many', () => {
  expect(problemsOfQueues([definition({ name: 'aa' }), definition({ name: 'AA' })]).join()).toContain('defined twice');
});
