import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeap } from '../../../local/service-bus/heap.ts';

it('gives numbers back in ascending order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = createHeap<number>((item) => item);
      for (const number of numbers) heap.push(number);
      expect(heap.size()).toBe(numbers.length);
      expect(heap.peek()).toBe(numbers.length > 0 ? Math.min(...numbers) : undefined);
      const out = numbers.map(() => heap.pop());
      expect(out).toEqual([...numbers].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
