/** How the parts of a hit are made small: names as numbers, GUIDs as 16 characters, equal objects once. */
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

/** A lower-case GUID as 16 characters below 256, which cost 32 bytes instead of 56. */
export function packGuid(guid: string): string {
  const bytes: number[] = [];
  for (let index = 0; index < guid.length; index += 2) {
    if (guid[index] === '-') index++;
    bytes.push(Number.parseInt(guid.slice(index, index + 2), 16));
  }
  return String.fromCharCode(...bytes);
}

/** The GUID that `packGuid` packed. */
export function unpackGuid(packed: string): string {
  let hex = '';
  for (let index = 0; index < packed.length; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) hex += '-';
    hex += packed.charCodeAt(index).toString(16).padStart(2, '0');
  }
  return hex;
}

/** FNV-1a, 32 bit: spreads record ids evenly, no more is asked of it. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
