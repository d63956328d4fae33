/** Seeded randomness: every part of the campaign draws from its own stream, so that no part disturbs another. */

/** A stream of random numbers. The same seed and labels give the same stream on every machine. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** Whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** One element of a list that is not empty. */
  readonly pick: <T>(list: readonly T[]) => T;
  /** A random UUID in lower case. */
  readonly uuid: () => string;
}

/** The stream of `seed` for this purpose. */
export function randomFrom(seed: number, ...labels: readonly (string | number)[]): Random {
  const next32 = sfc32(hash(`${seed}/${labels.join('/')}`));
  const next = () => next32() / 4294967296;
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (list) => list[int(0, list.length - 1)] as (typeof list)[number],
    uuid: () => formatUuid(next32(), next32(), next32(), next32()),
  };
}

/** A new list in random order (Fisher-Yates). */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let at = result.length - 1; at > 0; at--) {
    const other = random.int(0, at);
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}

/** Key by weight: `{ often: 9, rarely: 1 }`. */
export function weighted<K extends string>(weights: Readonly<Record<K, number>>, random: Random): K {
  const entries = Object.entries(weights) as [K, number][];
  let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return (entries[0] as [K, number])[0];
}

/** FNV-1a of the text, finished four ways (murmur3's finalizer): the four words that sfc32 starts from. */
function hash(text: string): readonly [number, number, number, number] {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return [mix(value), mix(value ^ 0x9e3779b9), mix(value ^ 0x85ebca6b), mix(value + text.length)];
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Chris Doty-Humphrey's "small fast counter" generator; passes PractRand. Sixteen rounds decouple near seeds. */
function sfc32(seed: readonly [number, number, number, number]): () => number {
  let [a, b, c, counter] = seed;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round++) next();
  return next;
}

const HEX = Array.from({ length: 65536 }, (_, value) => value.toString(16).padStart(4, '0'));

function formatUuid(a: number, b: number, c: number, d: number): string {
  const version = HEX[(b & 0xffff & 0x0fff) | 0x4000];
  const variant = HEX[((c >>> 16) & 0x3fff) | 0x8000];
  return `${HEX[a >>> 16]}${HEX[a & 0xffff]}-${HEX[b >>> 16]}-${version}-${variant}-${HEX[c & 0xffff]}${HEX[d >>> 16]}${HEX[d & 0xffff]}`;
}
