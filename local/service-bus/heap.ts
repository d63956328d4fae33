/** A binary min-heap: constant-time look at the least element, logarithmic push and pop. */
export interface Heap<T> {
  size(): number;
  peek(): T | undefined;
  push(item: T): void;
  pop(): T | undefined;
}

/** An empty heap ordered by `key`, least first. Equal keys come out in no particular order. */
export function createHeap<T>(key: (item: T) => number): Heap<T> {
  const items: T[] = [];
  const keyAt = (index: number) => key(items[index] as T);
  const swap = (a: number, b: number) => {
    const held = items[a] as T;
    items[a] = items[b] as T;
    items[b] = held;
  };
  const rise = (start: number) => {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (keyAt(parent) <= keyAt(at)) return;
      swap(parent, at);
      at = parent;
    }
  };
  const sink = () => {
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && keyAt(child) < keyAt(least)) least = child;
      }
      if (least === at) return;
      swap(least, at);
      at = least;
    }
  };
  return {
    size: () => items.length,
    peek: () => items[0],
    push: (item) => rise(items.push(item) - 1),
    pop: () => {
      if (items.length === 0) return undefined;
      swap(0, items.length - 1);
      const least = items.pop();
      sink();
      return least;
    },
  };
}
