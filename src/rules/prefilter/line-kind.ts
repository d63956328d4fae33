/** The lines of one log source: what the rules ask of them, and whether one can be passed over. */
import type { AccountRef, Place, SourceName } from '../../model/log-event.ts';
import type { LineSchema, SourceSchema } from '../../model/log-source.ts';
import type { Expression } from '../expression.ts';
import { type Program, WHEN } from '../program.ts';
import { asksForPlaces } from '../rule-set.ts';
import type { RuleSet } from '../schema.ts';
import { createByteMemo, type Spans } from './byte-memo.ts';
import { createDecisions, type Decisions, DROP, PARSE, type State } from './decisions.ts';
import { createLineCursor, type LineCursor } from './line-cursor.ts';
import { createLineTime } from './line-time.ts';

/** `lost`: not certainly a line of this source. `parse`: it may matter. `pass`: it cannot. */
export type Verdict = 'lost' | 'parse' | 'pass';

/** See `PrefilterOptions.quietFrom`. */
export type QuietFrom = (account: AccountRef, place: Place) => number;

/** One source's lines. */
export interface LineKind {
  readonly name: SourceName;
  readonly look: (buffer: Buffer, start: number, end: number) => Verdict;
  /** Time of the line that `look` passed over last, epoch ms. */
  readonly at: () => number;
}

/** Lines after which it is asked whether looking at them pays: looking costs a quarter of parsing. */
const TRIAL = 512;
/** The longest rest, in lines that are parsed without looking where it did not pay; the first is a trial long. */
const LONGEST_REST = 8 * TRIAL;
/** Accounts at places that are remembered. */
const MAX_ARRIVALS = 200_000;

/** `undefined` for a source whose records must all be parsed. */
export function createLineKind(source: SourceSchema, ruleSet: RuleSet, quietFrom: QuietFrom): LineKind | undefined {
  const schema = source.lines;
  if (!schema) return undefined;
  const judge = createJudge(source.name, schema, ruleSet, quietFrom);
  if (!judge) return undefined;
  let seen = 0;
  let passed = 0;
  let resting = 0;
  let rest = TRIAL;
  return {
    name: source.name,
    at: judge.at,
    look(buffer, start, end) {
      if (resting > 0) {
        resting--;
        return 'parse';
      }
      const verdict = judge.look(buffer, start, end);
      seen++;
      if (verdict === 'pass') passed++;
      if (seen === TRIAL) {
        // On the first day of a log every place is new: that passes, so the first rests are short.
        const pays = passed > TRIAL / 8;
        resting = pays ? 0 : rest;
        rest = pays ? TRIAL : Math.min(2 * rest, LONGEST_REST);
        seen = 0;
        passed = 0;
      }
      return verdict;
    },
  };
}

/** Looks at a line. `at`: the time of the line that was passed over last. */
interface Judge {
  readonly look: (buffer: Buffer, start: number, end: number) => Verdict;
  readonly at: () => number;
}

function createJudge(name: SourceName, schema: LineSchema, ruleSet: RuleSet, quietFrom: QuietFrom): Judge | undefined {
  const programs = ruleSet.programs.get(name) ?? [];
  const decisions = createDecisions(schema, expressionsOf(programs, schema.arrival && asksForPlaces(ruleSet)));
  if (decisions.start.next === PARSE) return undefined;
  const cursor = createLineCursor(schema.members);
  const parts: Parts = { schema, decisions, cursor, readTime: createLineTime(schema.instant) };
  const { arrival } = schema;
  if (!arrival) return createPlainJudge(parts);
  const names = asksForPlaces(ruleSet) ? [...arrival.account, ...arrival.place] : arrival.account;
  return createArrivalJudge(parts, createArrivals(parts, names, quietFrom));
}

interface Parts {
  readonly schema: LineSchema;
  readonly decisions: Decisions;
  readonly cursor: LineCursor;
  readonly readTime: (buffer: Buffer, start: number, end: number) => number;
}

/** Decides member by member, in the order of the record. */
function createPlainJudge({ schema, decisions, cursor, readTime }: Parts): Judge {
  const follow = createFollow(schema, decisions.follow);
  const value: Spans = { at: new Int32Array(2), count: 2 };
  const timeIndex = schema.members.indexOf(schema.time);
  let at = Number.NaN;
  function look(buffer: Buffer, start: number, end: number): Verdict {
    if (!cursor.begin(buffer, start, end)) return 'lost';
    let state = decisions.start;
    at = Number.NaN;
    while (state.next >= 0 || Number.isNaN(at)) {
      const decides = state.next >= 0 && (state.next <= timeIndex || !Number.isNaN(at));
      const member = decides ? state.next : timeIndex;
      if (member < schema.members.length && !cursor.find(member)) return 'lost';
      value.at[0] = cursor.valueStart();
      value.at[1] = cursor.valueEnd();
      if (member === timeIndex) {
        at = readTime(buffer, cursor.valueStart(), cursor.valueEnd());
        if (Number.isNaN(at)) return 'parse';
      }
      if (decides) state = follow(state, buffer, value, start, end);
      if (state.next === PARSE) return 'parse';
    }
    return 'pass';
  }
  return { look, at: () => at };
}

/**
 * Finds who arrived where first: that tells whether it is news, and decides all that rules ask of accounts and addresses
 * once for all their lines.
 */
function createArrivalJudge({ schema, decisions, cursor, readTime }: Parts, arrivals: Arrivals): Judge {
  const { members } = schema;
  const follow = createFollow(schema, decisions.follow);
  const timeIndex = members.indexOf(schema.time);
  const spans: Spans = { at: new Int32Array(2 * arrivals.members.length), count: 2 * arrivals.members.length };
  const value: Spans = { at: new Int32Array(2), count: 2 };
  const last = Math.max(timeIndex, ...arrivals.members);
  // Members of objects that lie on the way and are likely asked for cannot be gone back to.
  const isStop = members.map(
    (member, index) =>
      index <= last &&
      (index === timeIndex || arrivals.members.includes(index) || (decisions.asked.has(index) && member.includes('.'))),
  );
  const stops = members.flatMap((_, index) => (isStop[index] ? index : []));
  const isArrival = stops.map((stop) => arrivals.members.includes(stop));
  const found = new Int32Array(2 * members.length);
  let at = Number.NaN;
  function locate(buffer: Buffer, start: number, end: number): boolean {
    if (!cursor.begin(buffer, start, end)) return false;
    let span = 0;
    for (let index = 0; index < stops.length; index++) {
      const stop = stops[index] as number;
      if (!cursor.find(stop)) return false;
      const from = cursor.valueStart();
      const to = cursor.valueEnd();
      found[2 * stop] = from;
      found[2 * stop + 1] = to;
      if (!isArrival[index]) continue;
      spans.at[span++] = from;
      spans.at[span++] = to;
    }
    return true;
  }
  function look(buffer: Buffer, start: number, end: number): Verdict {
    if (!locate(buffer, start, end)) return 'lost';
    at = readTime(buffer, found[2 * timeIndex] as number, found[2 * timeIndex + 1] as number);
    if (Number.isNaN(at)) return 'parse';
    const arrival = arrivals.get(buffer, spans);
    let state = arrival.state;
    while (state.next >= 0) {
      const member = state.next;
      if (!isStop[member] && !cursor.find(member)) return 'lost';
      value.at[0] = isStop[member] ? (found[2 * member] as number) : cursor.valueStart();
      value.at[1] = isStop[member] ? (found[2 * member + 1] as number) : cursor.valueEnd();
      state = follow(state, buffer, value, start, end);
    }
    return state.next === DROP && arrivals.isQuiet(arrival, at) ? 'pass' : 'parse';
  }
  return { look, at: () => at };
}

/**
 * What the rules ask. Where places are learned, a line is passed over only if its place is familiar, so that what a rule
 * asks of new and unknown places need not be looked at.
 */
function expressionsOf(programs: readonly Program[], familiarOnly = false): Expression[] {
  return programs.flatMap(({ runs }) =>
    runs.filter(({ when }) => !familiarOnly || (when & WHEN.familiar) !== 0).map(({ expression }) => expression),
  );
}

/** The next state, from the bytes of the member just found or, for a mention, of the whole line. */
function createFollow(
  { members, mentions }: LineSchema,
  follow: (state: State, value: unknown) => State,
): (state: State, buffer: Buffer, value: Spans, start: number, end: number) => State {
  const parse: State = { next: PARSE, after: createByteMemo(0) };
  const nothing: Spans = { at: new Int32Array(0), count: 0 };
  return (state, buffer, found, start, end) => {
    const isMention = state.next === members.length;
    if (isMention && mentions?.pattern.test(buffer.toString('latin1', start, end))) return parse;
    const value = isMention ? nothing : found;
    const known = state.after.get(buffer, value);
    if (known) return known;
    const raw = isMention ? [] : valueAt(buffer, value);
    const next = raw === BROKEN ? parse : follow(state, raw);
    state.after.set(buffer, value, next);
    return next;
  };
}

const BROKEN = Symbol('not JSON');

/** The value that was found; `undefined` = the object that it would be a member of is null. */
function valueAt(buffer: Buffer, { at }: Spans): unknown {
  const [start, end] = [at[0] ?? 0, at[1] ?? 0];
  if (start === end) return undefined;
  try {
    return JSON.parse(buffer.toString('utf8', start, end));
  } catch {
    return BROKEN;
  }
}

/** Somebody at a place. */
interface Arrival {
  readonly account: AccountRef | undefined;
  readonly place: Place;
  /** What the rules still ask once account and place are known. */
  readonly state: State;
  /** From when on it is no news, as far as was asked. */
  from: number;
}

/** Everybody at every place that was seen. */
interface Arrivals {
  /** Indexes of the members that tell one arrival from another, in their order. */
  readonly members: readonly number[];
  readonly get: (buffer: Buffer, spans: Spans) => Arrival;
  readonly isQuiet: (arrival: Arrival, at: number) => boolean;
}

/** `wanted`: the members that tell one arrival from another. */
function createArrivals({ schema, decisions }: Parts, wanted: readonly string[], quietFrom: QuietFrom): Arrivals {
  const arrivals = createByteMemo<Arrival>(MAX_ARRIVALS);
  const names = schema.members.filter((member) => wanted.includes(member));
  function read(buffer: Buffer, spans: Spans): Arrival {
    const known = new Map<string, unknown>();
    for (const [index, name] of names.entries()) {
      known.set(name, valueAt(buffer, { at: spans.at.subarray(2 * index, 2 * index + 2), count: 2 }));
    }
    const isBroken = [...known.values()].includes(BROKEN);
    const nobody = { account: undefined, place: {} };
    const { account, place } = (isBroken ? undefined : schema.arrival?.of(recordOf(known))) ?? nobody;
    const state = isBroken ? decisions.start : decisions.startWith(known);
    return { account, place, state, from: Number.POSITIVE_INFINITY };
  }
  return {
    members: names.map((name) => schema.members.indexOf(name)),
    get(buffer, spans) {
      const known = arrivals.get(buffer, spans);
      if (known) return known;
      const arrival = read(buffer, spans);
      arrivals.set(buffer, spans, arrival);
      return arrival;
    },
    isQuiet(arrival, at) {
      if (at < arrival.from && arrival.account) arrival.from = quietFrom(arrival.account, arrival.place);
      return at >= arrival.from;
    },
  };
}

/** A record with these members and no others. */
function recordOf(members: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [path, value] of members) {
    const dot = path.indexOf('.');
    if (dot < 0) record[path] = value;
    else record[path.slice(0, dot)] = { ...(record[path.slice(0, dot)] as object), [path.slice(dot + 1)]: value };
  }
  return record;
}
