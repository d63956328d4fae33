/** How a row becomes an entity of Azure Tables: keys without forbidden characters, the value as JSON, packed when large. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UpstreamError } from '../errors.ts';

/**
 * Table keys must not hold `/ \ # ?`; `%`, `'` and `,` are where URLs, filters and the emulator go wrong. Each of them, and
 * the allowed character just below it, is written as that lower one and a mark. So escaped keys sort as keys do.
 */
const ESCAPES: readonly (readonly [lower: string, forbidden: string])[] = [
  ['"', '#'],
  ['$', '%'],
  ['&', "'"],
  ['+', ','],
  ['.', '/'],
  ['>', '?'],
  ['[', '\\'],
];
const LOWER = '!';
const UPPER = '~';
const CODE = new Map(
  ESCAPES.flatMap(([lower, forbidden]) => [
    [lower, lower + LOWER],
    [forbidden, lower + UPPER],
  ]),
);
const CHARACTER = new Map([...CODE].map(([character, code]) => [code, character]));

/** A key as the service takes it. */
export function escapeKey(key: string): string {
  return key.replace(/["#$%&'+,./>?[\\]/g, (character) => CODE.get(character) ?? character);
}

/** The key that `escapeKey` made this of. */
export function unescapeKey(escaped: string): string {
  return escaped.replace(/["$&+.>[][!~]/g, (code) => CHARACTER.get(code) ?? code);
}

/** The parts of an entity that hold a row's value. */
export type EntityValue = Record<string, string | Uint8Array>;

/** Values whose JSON is longer than this (characters) are deflated. */
const PLAIN = 8192;
/** Learn, "Understanding the Table service data model": a property holds 64 KiB, an entity 1 MiB with names and keys. */
const CHUNK = 64 * 1024;
const MOST_CHUNKS = 15;

/** @throws UpstreamError TOO_LARGE: deflated it would not fit into one entity */
export function packValue(value: unknown): EntityValue {
  const text = JSON.stringify(value);
  if (text.length <= PLAIN) return { json: text };
  const bytes = deflateRawSync(text, { level: 3 });
  if (bytes.length > CHUNK * MOST_CHUNKS) throw new UpstreamError('tables', 'TOO_LARGE');
  const packed: EntityValue = {};
  for (let index = 0; index * CHUNK < bytes.length; index++)
    packed[`part${index}`] = bytes.subarray(index * CHUNK, (index + 1) * CHUNK);
  return packed;
}

/** @throws UpstreamError UNREADABLE: not written by `packValue` */
export function unpackValue(entity: Readonly<Record<string, unknown>>): unknown {
  try {
    if (typeof entity.json === 'string') return JSON.parse(entity.json) as unknown;
    const parts: Uint8Array[] = [];
    for (let part = entity.part0; part instanceof Uint8Array; part = entity[`part${parts.length}`]) parts.push(part);
    return JSON.parse(inflateRawSync(Buffer.concat(parts)).toString('utf8')) as unknown;
  } catch (cause) {
    throw new UpstreamError('tables', 'UNREADABLE', { cause });
  }
}
