/** Remembers something for each of many short byte strings, without making a text of any of them. */

/**
 * Pieces of a buffer, as start and end, start and end, …; the first `count` numbers are in use. Pieces are JSON texts or
 * numbers with their quotes, so their lengths follow from their bytes.
 */
export interface Spans {
  readonly at: Int32Array;
  count: number;
}

/** A memo from bytes to values. */
export interface ByteMemo<T> {
  /** What is remembered of the pieces, compared byte by byte. */
  readonly get: (bytes: Uint8Array, spans: Spans) => T | undefined;
  /** Remembers, if there is room. False if there is none. */
  readonly set: (bytes: Uint8Array, spans: Spans, value: T) => boolean;
}

/**
 * Looking further than this means that many strings look alike to the hash, which somebody may have arranged: they are
 * then not found, never confused, because what is found was compared in full.
 */
const MAX_STEPS = 32;
const NONE = -1;

/** A memo of up to `limit` strings. */
export function createByteMemo<T>(limit: number): ByteMemo<T> {
  let slots = new Int32Array(16).fill(NONE);
  let store = new Uint8Array(256);
  let stored = new DataView(store.buffer);
  // Four bytes at a time are read three times as fast as one by one.
  let last: Uint8Array = store;
  let view: DataView = stored;
  let used = 0;
  const starts: number[] = [];
  const hashes: number[] = [];
  const values: T[] = [];

  function find(bytes: Uint8Array, spans: Spans, hash: number): number {
    const mask = slots.length - 1;
    for (let step = 0, slot = hash & mask; step < MAX_STEPS; step++, slot = (slot + 1) & mask) {
      const index = slots[slot] as number;
      if (index === NONE) return NONE;
      if (hashes[index] === hash && isEqual(bytes, spans, index)) return index;
    }
    return NONE;
  }

  function isEqual(bytes: Uint8Array, { at, count }: Spans, index: number): boolean {
    if (bytes !== last) {
      last = bytes;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    let from = starts[index] as number;
    const end = index + 1 < starts.length ? (starts[index + 1] as number) : used;
    for (let span = 0; span < count; span += 2) {
      const stop = at[span + 1] as number;
      let byte = at[span] as number;
      if (from + stop - byte > end) return false;
      for (; byte + 4 <= stop; byte += 4, from += 4) if (view.getInt32(byte) !== stored.getInt32(from)) return false;
      for (; byte < stop; byte++, from++) if (bytes[byte] !== store[from]) return false;
    }
    return from === end;
  }

  function place(index: number): void {
    const mask = slots.length - 1;
    let slot = (hashes[index] as number) & mask;
    while (slots[slot] !== NONE) slot = (slot + 1) & mask;
    slots[slot] = index;
  }

  return {
    get(bytes, spans) {
      const index = find(bytes, spans, hashOf(bytes, spans));
      return index === NONE ? undefined : values[index];
    },
    set(bytes, spans, value) {
      if (values.length >= limit) return false;
      const { at, count } = spans;
      starts.push(used);
      hashes.push(hashOf(bytes, spans));
      values.push(value);
      for (let span = 0; span < count; span += 2) {
        const piece = bytes.subarray(at[span], at[span + 1]);
        if (used + piece.length > store.length) {
          store = enlarged(store, used, 2 * (used + piece.length));
          stored = new DataView(store.buffer);
        }
        store.set(piece, used);
        used += piece.length;
      }
      if (values.length * 2 > slots.length) {
        slots = new Int32Array(slots.length * 2).fill(NONE);
        for (let index = 0; index < values.length; index++) place(index);
      } else place(values.length - 1);
      return true;
    },
  };
}

function enlarged(store: Uint8Array, used: number, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(store.subarray(0, used));
  return larger;
}

/** Some bytes of the start, the middle and the end of each piece: ids differ everywhere, names and agents somewhere. */
function hashOf(bytes: Uint8Array, { at, count }: Spans): number {
  let hash = count;
  for (let span = 0; span < count; span += 2) {
    const start = at[span] as number;
    const end = at[span + 1] as number;
    const length = end - start;
    hash = Math.imul(hash, 0x01000193) ^ length;
    if (length < 6) {
      for (let byte = start; byte < end; byte++) hash = Math.imul(hash, 0x01000193) ^ (bytes[byte] as number);
    } else {
      const step = Math.max(3, (length - 3) >> 2);
      for (let byte = start + 1; byte + 3 <= end; byte += step) hash = Math.imul(hash, 0x01000193) ^ three(bytes, byte);
      hash = Math.imul(hash, 0x01000193) ^ three(bytes, end - 4);
    }
  }
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 1;
}

function three(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
}
