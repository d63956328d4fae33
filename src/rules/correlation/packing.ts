/** How the parts of a hit are made small: names as numbers, GUIDs as 16 characters, places as one text. */
import type { Place } from '../../model/log-event.ts';
import type { Hit } from '../schema.ts';
import { compareText } from './window.ts';

/** Numbers for names, so that a cell can hold them. */
export interface Names {
  readonly numberOf: (name: string) => number;
  readonly nameOf: (number: number) => string;
}

/** Names in order of first use. */
export function createNames(): Names {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    numberOf(name) {
      let number = numbers.get(name);
      if (number === undefined) {
        number = names.push(name) - 1;
        numbers.set(name, number);
      }
      return number;
    },
    nameOf: (number) => names[number] ?? '',
  };
}

/** Shallow equality of plain records whose values are scalars or lists of scalars. */
export function isEqual(a: object, b: object): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const [left, right] = [(a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]];
    if (Array.isArray(left) && Array.isArray(right)) {
      return left.length === right.length && left.every((value, index) => value === right[index]);
    }
    return left === right;
  });
}

/** A hit's content as text that does not depend on the order of keys. */
export function content({ action, when, place, fields }: Hit): string {
  const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => compareText(a, b));
  return JSON.stringify([action, when, sorted(place), sorted(fields)]);
}

/** Entra's record and correlation ids. */
export const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Where the sixteen bytes stand in a GUID's text. */
const BYTES_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A lower-case GUID as 16 characters below 256, which cost 32 bytes instead of 56. */
export const packGuid = createMemo(64, (guid) => {
  const bytes = BYTES_AT.map((at) => (digit(guid.charCodeAt(at)) << 4) | digit(guid.charCodeAt(at + 1)));
  // In one call: a text put together with + stays a tree of its parts.
  return String.fromCharCode(...bytes);
});

/**
 * The answers to the latest few questions: a hit goes into several groups one after another, and people come from the same
 * places again and again, so that groups share one text instead of having one each.
 */
function createMemo(size: number, answer: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= size) known.clear();
    const fresh = answer(text);
    known.set(text, fresh);
    return fresh;
  };
}

/** The GUID that `packGuid` packed. */
export function unpackGuid(packed: string): string {
  let text = '';
  for (let index = 0; index < packed.length; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[packed.charCodeAt(index)];
  }
  return text;
}

/** `0`-`9` and `a`-`f` as numbers. */
function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}

const PLACE_KEYS = ['ip', 'network', 'asn', 'country', 'device', 'client'] as const;
const PLACE_SEPARATOR = '\u0001';

/** A place as one text: a third of the object with its strings. */
export function packPlace(place: Place): string {
  const packed = PLACE_KEYS.map((key) => place[key] ?? '').join(PLACE_SEPARATOR);
  return packed.length === PLACE_KEYS.length - 1 ? '' : sharedPlace(packed);
}

const sharedPlace = createMemo(4096, (packed) => packed);

/** The place that `packPlace` packed. */
export function unpackPlace(packed: string): Place {
  if (packed === '') return {};
  const place: { -readonly [key in keyof Place]: Place[key] } = {};
  for (const [index, value] of packed.split(PLACE_SEPARATOR).entries()) {
    const key = PLACE_KEYS[index];
    if (key && value !== '') place[key] = value;
  }
  return place;
}

/**
 * Fields whose strings are, where they can, the same objects as `known`: the group's key is often the person and the
 * account too.
 */
export function packFields(fields: Hit['fields'], known: string): Hit['fields'] {
  let packed: Record<string, Hit['fields'][string]> | undefined;
  for (const key of Object.keys(fields)) {
    if (fields[key] !== known) continue;
    packed ??= { ...fields };
    packed[key] = known;
  }
  return packed ?? fields;
}

/** FNV-1a with murmur3's last steps, 32 bit: ids that count up would else lie close together. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
