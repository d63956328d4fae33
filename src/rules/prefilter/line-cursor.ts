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

/** Where a member lies: in the record, or in an object. */
interface Place {
  readonly object: Opening | undefined;
  readonly needle: Needle;
}

/** A name with quotes and colon, and how far a search may go on by the byte at its end. */
interface Needle {
  readonly full: Buffer;
  readonly shifts: Uint8Array;
}

/** See `createLineCursor`. */
export interface LineCursor {
  /** Starts at a record, `buffer[start, end)` without blanks around it. False if it does not look like one of Graph's. */
  readonly begin: (buffer: Buffer, start: number, end: number) => boolean;
  /**
   * Finds the value of a member (index in the members given). Members of objects must be asked for in the order in which
   * they are written, members of the record itself may at any time. False if it is not certainly there. Then `valueStart`
   * and `valueEnd` hold its JSON text; both are 0 where an object that it would be a member of is null.
   */
  readonly find: (member: number) => boolean;
  readonly valueStart: () => number;
  readonly valueEnd: () => number;
}

/** A cursor for records with these members, dotted paths in the order in which they are written. */
export function createLineCursor(members: readonly string[]): LineCursor {
  const openings = new Map<string, Opening>();
  const places = members.map((path) => placeOf(path, openings));
  let buffer: Buffer = Buffer.alloc(0);
  let lineEnd = 0;
  /** Behind the id; behind the last member of the record itself that was found, and which that was. */
  let head = 0;
  let topAt = 0;
  let top = -1;
  /** First brace inside the record; -1 = not looked for yet. Until there every name is a member of the record itself. */
  let topLimit = -1;
  /** The object entered last; behind its brace or its last value; its first brace inside, or its end. */
  let object: Opening | undefined;
  let at = 0;
  let limit = -1;
  let start = 0;
  let end = 0;

  function find(member: number): boolean {
    const place = places[member];
    if (!place) return false;
    const wanted = place.object;
    if (!wanted) return findTop(place, member);
    if (wanted !== object) {
      const entered = enter(wanted);
      if (entered === 'null') {
        start = 0;
        end = 0;
        return true;
      }
      if (entered === 'lost') return false;
    }
    const from = nameAt(place.needle, at) ?? findName(buffer, place.needle, at, objectLimit());
    if (from < 0 || !readValue(from)) return false;
    at = end;
    return true;
  }

  function findTop({ needle }: Place, member: number): boolean {
    const from = member > top ? topAt : head;
    const found = nameAt(needle, from) ?? findName(buffer, needle, from, recordLimit());
    if (found < 0 || !readValue(found)) return false;
    topAt = end;
    top = member;
    return true;
  }

  /** Mostly the name stands right here. */
  function nameAt({ full }: Needle, from: number): number | undefined {
    const next = buffer[from] === COMMA ? from + 1 : from;
    return isAt(buffer, full, next) ? next + full.length : undefined;
  }

  function recordLimit(): number {
    if (topLimit >= 0) return topLimit;
    const open = buffer.indexOf(OPEN, head);
    topLimit = open < 0 || open >= lineEnd ? lineEnd - 1 : open;
    return topLimit;
  }

  function objectLimit(): number {
    if (limit >= 0) return limit;
    const open = buffer.indexOf(OPEN, at);
    const close = buffer.indexOf(CLOSE, at);
    limit = open >= 0 && open < close ? open : close;
    return limit;
  }

  /** Takes the value that begins at `from`. */
  function readValue(from: number): boolean {
    const stop = endOfScalar(buffer, from, lineEnd);
    if (stop < 0) return false;
    start = from;
    end = stop;
    return true;
  }

  /** Goes on to this object. `null`: its parent says that there is none. */
  function enter(opening: Opening): 'entered' | 'null' | 'lost' {
    // From inside of an object that lies in another one there is no way back.
    if (object?.parent) return 'lost';
    const { parent } = opening;
    if (!parent) return enterMember(opening);
    if (parent !== object) {
      const outer = enter(parent);
      if (outer !== 'entered') return outer;
    }
    return isAt(buffer, opening.isNull, at) ? 'null' : enterInside(opening);
  }

  /** An object of the record itself, before which others may be passed over that hold no objects. */
  function enterMember(opening: Opening): 'entered' | 'lost' {
    let brace = object ? buffer.indexOf(OPEN, at) : recordLimit();
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (brace < 0 || brace >= lineEnd || buffer[brace] !== OPEN) return 'lost';
      const isWanted = isAt(buffer, opening.name, brace + 1 - opening.name.length);
      const quote = isWanted ? brace + 1 - opening.name.length : nameBefore(buffer, brace);
      if (quote < 0 || buffer[quote - 1] !== COMMA) return 'lost';
      // Another object was open: only its end may stand before the comma, or this one may lie inside of it.
      if (object && buffer[quote - 2] !== CLOSE) return 'lost';
      object = opening;
      if (isWanted) return open(brace);
      brace = buffer.indexOf(OPEN, brace + 1);
    }
    return 'lost';
  }

  /** An object inside of the one just entered: the next brace, with no end of an object between. */
  function enterInside(opening: Opening): 'entered' | 'lost' {
    const brace = objectLimit();
    const quote = brace + 1 - opening.name.length;
    if (buffer[brace] !== OPEN || !isAt(buffer, opening.name, quote)) return 'lost';
    if (buffer[quote - 1] !== COMMA && buffer[quote - 1] !== OPEN) return 'lost';
    object = opening;
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
      object = undefined;
      top = -1;
      topLimit = -1;
      if (bytes[from] !== OPEN || bytes[to - 1] !== CLOSE || !isAt(bytes, ID, from + 1)) return false;
      // Graph begins every record with its id. `<` begins the word for a missing one in other exports.
      const value = from + ID.length;
      const first = bytes[value + 1] as number;
      if (first <= 0x20 || first === QUOTE || first === LESS || !readValue(value)) return false;
      head = end;
      topAt = end;
      return true;
    },
    find,
    valueStart: () => start,
    valueEnd: () => end,
  };
}

/**
 * Index behind the text, number or word at `from`, if a comma or the end of an object follows; else -1. Escapes are not
 * worth telling apart here, and braces in a text would deceive what follows.
 */
function endOfScalar(buffer: Buffer, from: number, lineEnd: number): number {
  const first = buffer[from] as number;
  let end = from + 1;
  if (first === QUOTE) {
    for (; end < lineEnd; end++) {
      const byte = buffer[end] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte === OPEN || byte === CLOSE) return -1;
    }
    end++;
  } else {
    // A number, true, false or null; anything else is a list, an object or a blank.
    if (first !== MINUS && (first < DIGIT_0 || first > DIGIT_9) && (first < LETTER_A || first > LETTER_Z)) return -1;
    for (; end < lineEnd; end++) {
      const byte = buffer[end] as number;
      if (byte === COMMA || byte === CLOSE) break;
      if (byte <= 0x20 || byte === QUOTE) return -1;
    }
  }
  return end < lineEnd && (buffer[end] === COMMA || buffer[end] === CLOSE) ? end : -1;
}

/** How an object begins. */
interface Opening {
  readonly parent: Opening | undefined;
  /** `"name":{` */
  readonly name: Buffer;
  /** `"name":null` */
  readonly isNull: Buffer;
}

/** Each path has one opening, so that they can be told apart as objects. */
function openingOf(path: string, openings: Map<string, Opening>): Opening | undefined {
  if (path === '') return undefined;
  const known = openings.get(path);
  if (known) return known;
  const [parent, name] = splitPath(path);
  const opening = {
    parent: openingOf(parent, openings),
    name: Buffer.from(`"${name}":{`),
    isNull: Buffer.from(`"${name}":null`),
  };
  openings.set(path, opening);
  return opening;
}

function placeOf(path: string, openings: Map<string, Opening>): Place {
  const [parent, name] = splitPath(path);
  return { object: openingOf(parent, openings), needle: needleOf(name) };
}

function splitPath(path: string): readonly [parent: string, name: string] {
  const dot = path.lastIndexOf('.');
  return [path.slice(0, Math.max(0, dot)), path.slice(dot + 1)];
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

function needleOf(name: string): Needle {
  const full = Buffer.from(`"${name}":`);
  const shifts = new Uint8Array(256).fill(full.length);
  for (let index = 0; index < full.length - 1; index++) shifts[full[index] as number] = full.length - 1 - index;
  return { full, shifts };
}

/**
 * Index behind the name's colon, for a name that begins at or after `from` and ends before `limit`; else -1. Horspool's
 * search: over a few hundred bytes it is done before a call into the runtime is.
 */
function findName(buffer: Buffer, { full, shifts }: Needle, from: number, limit: number): number {
  const last = full.length - 1;
  for (let at = from + last; at < limit; at += shifts[buffer[at] as number] as number) {
    if (buffer[at] !== COLON || !isAt(buffer, full, at - last)) continue;
    const before = buffer[at - last - 1];
    if (before === COMMA || before === OPEN) return at + 1;
  }
  return -1;
}

function isAt(buffer: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (buffer[start + index] !== bytes[index]) return false;
  return true;
}
