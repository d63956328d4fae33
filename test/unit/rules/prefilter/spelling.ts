/** JSON of the same value, written as no sane exporter would: other order of members, blanks, escapes. */
import fc from 'fast-check';

type Json = unknown;

/** How a value is written. */
export interface Spelling {
  readonly shuffled: boolean;
  readonly spaced: boolean;
  readonly escaped: boolean;
  readonly seed: number;
}

/** Plain half of the time. */
export const anySpelling: fc.Arbitrary<Spelling> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ shuffled: false, spaced: false, escaped: false, seed: 0 }) },
  {
    weight: 2,
    arbitrary: fc.record({ shuffled: fc.boolean(), spaced: fc.boolean(), escaped: fc.boolean(), seed: fc.nat() }),
  },
);

/** One line of JSON. */
export function spell(value: Json, { shuffled, spaced, escaped, seed }: Spelling): string {
  let state = (seed % 2147483646) + 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const blank = () => (spaced && random() < 0.3 ? ' \t'.charAt(Math.floor(random() * 2)) : '');
  const text = (raw: string) =>
    JSON.stringify(raw).replace(/[A-Za-z{}:,]/g, (letter) =>
      escaped && random() < 0.1 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
    );
  // The letters of escapes must stay as they are.
  const safeText = (raw: string) => (/[\\"\n\r\t\b\f]|[\ud800-\udfff]/.test(raw) ? JSON.stringify(raw) : text(raw));
  const write = (part: Json): string => {
    if (typeof part === 'string') return safeText(part);
    if (Array.isArray(part)) return `[${part.map((each) => blank() + write(each) + blank()).join(',')}]`;
    if (typeof part !== 'object' || part === null) return JSON.stringify(part) ?? 'null';
    const members = Object.entries(part).filter(([, each]) => each !== undefined);
    if (shuffled) members.sort(() => random() - 0.5);
    const written = members.map(([name, each]) => `${blank() + safeText(name) + blank()}:${blank()}${write(each)}`);
    return `{${written.join(',')}${blank()}}`;
  };
  return write(value);
}
