/**
 * Finds members of a record in the bytes of its compact JSON, one after the other, without parsing it.
 *
 * Certain, not likely: a member is found only where its bytes cannot mean anything else. Text inside a JSON string cannot
 * hold an unescaped quote, so `,"name":` is a member's name wherever it stands; and between two bytes `{` no object
 * begins, so until the first one inside the record every name is a member of the record itself. What is written in
 * another order, with blanks or with escapes is not found, and the record is parsed. (Objects that name a member twice,
 * which JSON advises against and Graph never does, are the one thing not noticed.)
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const [DIGIT_0, DIGIT_9, LETTER_A, LETTER_Z] = [0x30, 0x39, 0x61, 0x7a];
const LESS = 0x3c;
const ID = Buffer.from('"id":"');
/** Objects that a record may hold before the wanted one. */
const MAX_HOPS = 4;
const LONGEST_NAME = 64;

/** Where a member lies: in the record (`path` ''), or in an object of it. */
interface Place {
  readonly object: string;
  readonly needle: Needle;
}

/** A name with quotes and colon, searched for from its rarest byte on: `indexOf` looks for the first byte. */
interface Needle {
  readonly full: Buffer;
  readonly before: Buffer;
  readonly rest: Buffer;
}

/** See `createLineCursor`. */
export interface LineCursor {
  /** Starts at a record, `buffer[start, end)` without blanks around it. False if it does not look like one of Graph's. */
  readonly begin: (buffer: Buffer, start: number, end: number) => boolean;
  /**
   * Finds the value of a member (index in the members given), which must come after those found before. False if it is
   * not certainly there. Then `valueStart` and `valueEnd` hold its JSON text; both are 0 where an object that it would be
   * a member of is null.
   */
  readonly find: (member: number) => boolean;
  readonly valueStart: () => number;
  readonly valueEnd: () => number;
}

/** A cursor for records with these members, dotted paths in the order in which they are written. */
export function createLineCursor(members: readonly string[]): LineCursor {
  const places = members.map(placeOf);
  const objects = new Map(places.flatMap(({ object }) => openingsOf(object)));
  let buffer: Buffer = Buffer.alloc(0);
  let lineEnd = 0;
  /** Behind the last value, or behind the brace of the object just entered. */
  let at = 0;
  let object = '';
  /** First brace at or after the names that are members of `object`; -1 = not looked for yet. */
  let limit = -1;
  let start = 0;
  let end = 0;

  function find(member: number): boolean {
    const place = places[member];
    if (!place) return false;
    if (place.object !== object) {
      const entered = enter(place.object);
      if (entered === 'null') {
        start = 0;
        end = 0;
        return true;
      }
      if (entered === 'lost') return false;
    }
    // Mostly the name stands right here; else it must stand before the next brace.
    const next = buffer[at] === COMMA ? at + 1 : at;
    if (isAt(buffer, place.needle.full, next)) return readValue(next + place.needle.full.length);
    const found = findName(buffer, place.needle, at, nextBrace());
    return found >= 0 && readValue(found);
  }

  function nextBrace(): number {
    if (limit >= 0) return limit;
    const open = buffer.indexOf(OPEN, at);
    limit = open < 0 || open >= lineEnd ? lineEnd - 1 : open;
    if (object === '') return limit;
    const close = buffer.indexOf(CLOSE, at);
    if (close >= 0 && close < limit) limit = close;
    return limit;
  }

  /** A text ends at the next quote. Escapes are not worth telling apart here, and braces would deceive what follows. */
  function readValue(from: number): boolean {
    start = from;
    end = from + 1;
    const first = buffer[from] as number;
    if (first === QUOTE) {
      for (; end < lineEnd; end++) {
        const byte = buffer[end] as number;
        if (byte === QUOTE) break;
        if (byte === BACKSLASH || byte === OPEN || byte === CLOSE) return false;
      }
      end++;
    } else {
      // A number, true, false or null; anything else is a list, an object or a blank.
      if (first !== MINUS && (first < DIGIT_0 || first > DIGIT_9) && (first < LETTER_A || first > LETTER_Z))
        return false;
      for (; end < lineEnd; end++) {
        const byte = buffer[end] as number;
        if (byte === COMMA || byte === CLOSE) break;
        if (byte <= 0x20 || byte === QUOTE) return false;
      }
    }
    at = end;
    return end < lineEnd && (buffer[end] === COMMA || buffer[end] === CLOSE);
  }

  /** Goes on to the object with this path. `null`: its parent says that there is none. */
  function enter(path: string): 'entered' | 'null' | 'lost' {
    const opening = objects.get(path);
    if (!opening || object.includes('.')) return 'lost';
    if (opening.parent === '') return enterMember(opening);
    if (opening.parent !== object) {
      const outer = enter(opening.parent);
      if (outer !== 'entered') return outer;
    }
    return isAt(buffer, opening.isNull, at) ? 'null' : enterInside(opening);
  }

  /** An object of the record itself, before which others may be passed over that hold no objects. */
  function enterMember(opening: Opening): 'entered' | 'lost' {
    let brace = object === '' ? nextBrace() : buffer.indexOf(OPEN, at);
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (brace < 0 || brace >= lineEnd || buffer[brace] !== OPEN) return 'lost';
      const isWanted = isAt(buffer, opening.name, brace + 1 - opening.name.length);
      const quote = isWanted ? brace + 1 - opening.name.length : nameBefore(buffer, brace);
      if (quote < 0 || buffer[quote - 1] !== COMMA) return 'lost';
      // Another object was open: only its end may stand before the comma, or this one may lie inside of it.
      if (object !== '' && buffer[quote - 2] !== CLOSE) return 'lost';
      object = opening.path;
      if (isWanted) return open(brace);
      brace = buffer.indexOf(OPEN, brace + 1);
    }
    return 'lost';
  }

  /** An object inside of the one just entered: the next brace, with no end of an object between. */
  function enterInside(opening: Opening): 'entered' | 'lost' {
    const brace = nextBrace();
    const quote = brace + 1 - opening.name.length;
    if (buffer[brace] !== OPEN || !isAt(buffer, opening.name, quote)) return 'lost';
    if (buffer[quote - 1] !== COMMA && buffer[quote - 1] !== OPEN) return 'lost';
    object = opening.path;
    return open(brace);
  }

  function open(brace: number): 'entered' {
    at = brace + 1;
    limit = -1;
    return 'entered';
  }

  return {
    begin(bytes, from, to) {
      buffer = bytes;
      lineEnd = to;
      at = from + 1;
      object = '';
      limit = -1;
      if (bytes[from] !== OPEN || bytes[to - 1] !== CLOSE || !isAt(bytes, ID, at)) return false;
      // Graph begins every record with its id. `<` begins the word for a missing one in other exports.
      const first = bytes[at + ID.length] as number;
      return first > 0x20 && first !== QUOTE && first !== LESS && readValue(at + ID.length - 1);
    },
    find,
    valueStart: () => start,
    valueEnd: () => end,
  };
}

/** How an object begins. */
interface Opening {
  readonly path: string;
  readonly parent: string;
  /** `"name":{` */
  readonly name: Buffer;
  /** `"name":null` */
  readonly isNull: Buffer;
}

/** The object with this path and those that it lies in. */
function openingsOf(path: string): [string, Opening][] {
  if (path === '') return [];
  const dot = path.lastIndexOf('.');
  const parent = dot < 0 ? '' : path.slice(0, dot);
  const name = path.slice(dot + 1);
  const opening = { path, parent, name: Buffer.from(`"${name}":{`), isNull: Buffer.from(`"${name}":null`) };
  return [...openingsOf(parent), [path, opening]];
}

/** Index of the quote before the name whose object opens at `brace`; -1 if that is not clear. */
function nameBefore(buffer: Buffer, brace: number): number {
  if (buffer[brace - 1] !== COLON || buffer[brace - 2] !== QUOTE) return -1;
  for (let index = brace - 3; index > brace - LONGEST_NAME; index--) {
    const byte = buffer[index] as number;
    if (byte === QUOTE) return index;
    if (byte === BACKSLASH || byte <= 0x20) return -1;
  }
  return -1;
}

function placeOf(path: string): Place {
  const dot = path.lastIndexOf('.');
  return { object: dot < 0 ? '' : path.slice(0, dot), needle: needleOf(path.slice(dot + 1)) };
}

/** How common bytes are in Graph's records, most common first; all others are rare. */
const COMMON = 'etaoinsrhlducmpfgywbvk0123456789-"D:N,T.SIRCAP';

function needleOf(name: string): Needle {
  const full = Buffer.from(`"${name}":`);
  let best = 1;
  const commonness = (index: number) => {
    const rank = COMMON.indexOf(String.fromCharCode(full[index] ?? 0));
    return rank < 0 ? 0 : COMMON.length - rank;
  };
  // The last bytes are quote and colon, which every name has.
  for (let index = 2; index < full.length - 2; index++) if (commonness(index) < commonness(best)) best = index;
  return { full, before: full.subarray(0, best), rest: full.subarray(best) };
}

/** Index behind the name's colon, for a name that begins at or after `from` and ends before `limit`; else -1. */
function findName(buffer: Buffer, { before, rest }: Needle, from: number, limit: number): number {
  for (let at = buffer.indexOf(rest, from); at >= 0 && at < limit; at = buffer.indexOf(rest, at + 1)) {
    const start = at - before.length;
    const previous = buffer[start - 1];
    if (start >= from && (previous === COMMA || previous === OPEN) && isAt(buffer, before, start))
      return at + rest.length;
  }
  return -1;
}

function isAt(buffer: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (buffer[start + index] !== bytes[index]) return false;
  return true;
}
