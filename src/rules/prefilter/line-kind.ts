/** The lines of one log source: what the rules ask of them, and whether one can be passed over. */
import type { AccountRef, Place, SourceName } from '../../model/log-event.ts';
import type { LineSchema, SourceSchema } from '../../model/log-source.ts';
import type { Expression } from '../expression.ts';
import { type Program, WHEN } from '../program.ts';
import { asksForPlaces } from '../rule-set.ts';
import type { RuleSet } from '../schema.ts';
import { createByteMemo, type Spans } from './byte-memo.ts';
import { createDecisions, DROP, membersOf, PARSE, type State } from './decisions.ts';
import { knownRecord } from './known-record.ts';
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

/** Lines after which it is asked whether looking at them pays: looking costs a tenth to a fifth of parsing. */
const TRIAL = 1024;
/** Lines that are parsed without looking where it did not pay. */
const REST = 16 * TRIAL;
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
        if (passed < TRIAL / 8) resting = REST;
        seen = 0;
        passed = 0;
      }
      return verdict;
    },
  };
}

function createJudge(name: SourceName, schema: LineSchema, ruleSet: RuleSet, quietFrom: QuietFrom) {
  const programs = ruleSet.programs.get(name) ?? [];
  const decisions = createDecisions(schema, expressionsOf(programs, schema.arrival && asksForPlaces(ruleSet)));
  if (decisions.start.next === PARSE) return undefined;
  const members = membersOf(schema);
  const cursor = createLineCursor(schema.members);
  const follow = createFollow(schema, decisions.follow, cursor);
  const readTime = createLineTime(schema.instant);
  const isQuiet = createArrivals(schema, quietFrom);
  const nextWanted = members.map((_, from) => {
    const isWanted = (member: string) => member === schema.time || schema.arrival?.members.includes(member);
    const index = members.slice(from).findIndex(isWanted);
    return index < 0 ? members.length : from + index;
  });
  const isArrival = members.map((member) => schema.arrival?.members.includes(member) ?? false);
  const timeIndex = members.indexOf(schema.time);
  const spans: Spans = { at: new Int32Array(2 * members.length), count: 0 };
  let at = Number.NaN;
  function look(buffer: Buffer, start: number, end: number): Verdict {
    if (!cursor.begin(buffer, start, end)) return 'lost';
    let state: State = decisions.start;
    spans.count = 0;
    let wanted = nextWanted[0] ?? members.length;
    while (state.next >= 0 || wanted < members.length) {
      const decides = state.next >= 0 && state.next <= wanted;
      const member = decides ? state.next : wanted;
      if (member === wanted) wanted = nextWanted[member + 1] ?? members.length;
      if (member < schema.members.length && !cursor.find(member)) return 'lost';
      if (member === timeIndex) {
        at = readTime(buffer, cursor.valueStart(), cursor.valueEnd());
        if (Number.isNaN(at)) return 'parse';
      }
      if (isArrival[member]) {
        spans.at[spans.count++] = cursor.valueStart();
        spans.at[spans.count++] = cursor.valueEnd();
      }
      if (decides) {
        state = follow(state, buffer, start, end);
        if (state.next === PARSE) return 'parse';
      }
    }
    return state.next === DROP && isQuiet(buffer, spans, at) ? 'pass' : 'parse';
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
  cursor: LineCursor,
): (state: State, buffer: Buffer, start: number, end: number) => State {
  const value: Spans = { at: new Int32Array(2), count: 2 };
  const parse: State = { next: PARSE, after: createByteMemo(0) };
  return (state, buffer, start, end) => {
    const isMention = state.next === members.length;
    if (isMention && mentions?.pattern.test(buffer.toString('latin1', start, end))) return parse;
    value.at[0] = isMention ? start : cursor.valueStart();
    value.at[1] = isMention ? start : cursor.valueEnd();
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

/** Whether an account's sign-in is no news: always for sources that places are not learned from. */
function createArrivals(
  schema: LineSchema,
  quietFrom: QuietFrom,
): (buffer: Buffer, spans: Spans, at: number) => boolean {
  const { arrival } = schema;
  if (!arrival) return () => true;
  interface Arrival {
    readonly account: AccountRef | undefined;
    readonly place: Place;
    from: number;
  }
  const arrivals = createByteMemo<Arrival>(MAX_ARRIVALS);
  // In the order in which they are found.
  const members = schema.members.filter((member) => arrival.members.includes(member));
  const read = (buffer: Buffer, spans: Spans): Arrival => {
    const known = new Map<string, unknown>();
    for (const [index, member] of members.entries()) {
      const pair = { at: spans.at.subarray(2 * index, 2 * index + 2), count: 2 };
      known.set(member, valueAt(buffer, pair));
    }
    const isBroken = [...known.values()].includes(BROKEN);
    const { account, place } = isBroken ? { account: undefined, place: {} } : arrival.of(knownRecord(known, members));
    return { account, place, from: Number.POSITIVE_INFINITY };
  };
  return (buffer, spans, at) => {
    let seen = arrivals.get(buffer, spans);
    if (!seen) {
      seen = read(buffer, spans);
      arrivals.set(buffer, spans, seen);
    }
    if (at < seen.from && seen.account) seen.from = quietFrom(seen.account, seen.place);
    return at >= seen.from;
  };
}
