/**
 * Whether any rule can match a record, decided member by member. A state is what the rules still ask once some members
 * are known; the value of the next member leads to the next state. States are made when a value is first seen and
 * shared between values that leave the same questions open, so that a file costs a few hundred evaluations, and every
 * further line a few lookups.
 */
import type { LineSchema } from '../../model/log-source.ts';
import { type Expression, FALSE, type Leaf, type Predicate, simplify, toPredicate } from '../expression.ts';
import { type ByteMemo, createByteMemo } from './byte-memo.ts';
import { type Derive, type KnownMembers, knownFields, knownRecord, UnknownMember } from './known-record.ts';

/** What is known so far, and what to look at next. */
export interface State {
  /** Index (in `membersOf`) of the member that decides next; `PARSE` or `DROP` when there is none. */
  readonly next: number;
  /** Where values of that member have led, by their JSON text. */
  readonly after: ByteMemo<State>;
}

/** The record may match: it must be parsed. */
export const PARSE = -1;
/** No rule can match the record. */
export const DROP = -2;

/** See `createDecisions`. */
export interface Decisions {
  readonly start: State;
  /** The state when these members are known: as far as nothing else is asked for before. */
  readonly startWith: (known: KnownMembers) => State;
  /** Members that are asked for from the beginning, as indexes. */
  readonly asked: ReadonlySet<number>;
  /** The state once the member `state.next` has this value. Slow; remember the answer in `state.after`. */
  readonly follow: (state: State, value: unknown) => State;
}

/** Members in the order in which they are looked at; the one that a text may mention comes last. */
export function membersOf({ members, mentions }: LineSchema): readonly string[] {
  return mentions ? [...members, mentions.member] : members;
}

/** Distinct values of one member that one state remembers: a tenant has some ten thousand addresses. */
const MAX_VALUES = 65_536;
/** States in all: beyond, records are parsed. */
const MAX_STATES = 4096;

interface Node extends State {
  /** Index of the last member of an object that was looked at; -1 = none. */
  readonly past: number;
  readonly asks: readonly Expression[];
  readonly known: KnownMembers;
  /** Leaves that the next member may decide. */
  readonly waiting: readonly Leaf[];
  /** Next states by what the waiting leaves came to. */
  readonly branches: Map<string, Node>;
}

/** What one leaf says when only some members are known. */
interface Look {
  /** `undefined` = not decided. */
  readonly holds: boolean | undefined;
  /** Known members that it read, if it is not decided. */
  readonly read: ReadonlySet<string>;
  /** The member that it asked for and that is not known. */
  readonly wanted?: string;
}

/** Decisions on records of one source by expressions of which one must hold for the record to matter. */
export function createDecisions(schema: LineSchema, expressions: readonly Expression[]): Decisions {
  const members = membersOf(schema);
  const lookAt = createLook(schema);
  const numbers = new Map<Leaf, number>();
  const nodes = new Map<string, Node>();
  const leafless = (next: number): Node => ({
    next,
    past: -1,
    after: createByteMemo<State>(0),
    asks: [],
    known: new Map(),
    waiting: [],
    branches: new Map(),
  });
  const [parse, drop] = [leafless(PARSE), leafless(DROP)];
  const matters: Leaf = { kind: 'some', paths: [MATTERS], accepts: (value) => value === true };
  const asked = [matters, ...expressions].map((expression) => inParts(expression, lookAt.parts));
  const start = nodeFor(new Map(), asked, -1);
  return {
    start,
    startWith(known) {
      let node = start;
      for (let path = members[node.next]; path && known.has(path); path = members[node.next]) {
        node = follow(node, known.get(path));
      }
      return node;
    },
    asked: new Set(start.asks.flatMap(leavesOf).flatMap(membersAskedBy)),
    follow: (state, value) => follow(state as Node, value),
  };

  /** The member that a leaf needs first, and those that it names. */
  function membersAskedBy(leaf: Leaf): number[] {
    const named = leaf.kind === 'some' || leaf.kind === 'there' ? leaf.paths : [];
    return [lookAt.look(leaf, new Map()).wanted ?? '', ...named].map((path) => members.indexOf(path));
  }

  function follow(node: Node, value: unknown): Node {
    const member = members[node.next] ?? '';
    const known = new Map(node.known).set(member, value);
    const looks = node.waiting.map((each) => lookAt.look(each, known));
    // Where nothing that is still open has read the value, only what it decided matters.
    const isDone = looks.every(({ read }) => !read.has(member));
    const branch = isDone ? looks.map(({ holds }) => holds).join() : undefined;
    const seen = branch === undefined ? undefined : node.branches.get(branch);
    if (seen) return seen;
    const next = nodeFor(known, node.asks, isInObject(node.next) ? node.next : node.past);
    if (branch !== undefined) node.branches.set(branch, next);
    return next;
  }

  function nodeFor(known: KnownMembers, asks: readonly Expression[], past: number): Node {
    const looks = new Map<Leaf, Look>();
    const decide = (each: Leaf) => {
      const look = looks.get(each) ?? lookAt.look(each, known);
      looks.set(each, look);
      return look.holds;
    };
    const rest = asks.map((ask) => simplify(ask, decide)).filter((ask) => ask !== FALSE);
    if (rest.some((ask) => ask.kind === 'constant' && ask.value)) return parse;
    if (rest.length === 0) return drop;
    const open = new Set(rest.flatMap(leavesOf));
    const waits = [...open].map((each) => ({ each, look: looks.get(each) ?? lookAt.look(each, known) }));
    const wanted = waits.map(({ look }) => members.indexOf(look.wanted ?? ''));
    const hopeful = new Set(waits.flatMap(({ each }, index) => (isReachable(wanted[index] ?? -1, past) ? each : [])));
    if (!rest.every((ask) => canBecome(false, ask, hopeful))) return parse;
    const next = Math.min(...wanted.filter((index) => isReachable(index, past)));
    const read = new Set(waits.flatMap(({ look }) => [...look.read]));
    const kept = new Map([...known].filter(([path]) => read.has(path)));
    const key = JSON.stringify([next, past, rest.map(signature), [...kept]]);
    const same = nodes.get(key);
    if (same) return same;
    if (nodes.size >= MAX_STATES) return parse;
    const waiting = waits.filter(({ look }) => look.wanted === members[next]).map(({ each }) => each);
    const after = createByteMemo<State>(MAX_VALUES);
    const node: Node = { next, past, after, asks: rest, known: kept, waiting, branches: new Map() };
    nodes.set(key, node);
    return node;
  }

  function isInObject(index: number): boolean {
    return members[index]?.includes('.') ?? false;
  }

  /** Objects are gone through in their order: a member of one that was passed is not known any more. */
  function isReachable(index: number, past: number): boolean {
    return index >= 0 && (!isInObject(index) || index > past);
  }

  function signature(expression: Expression): unknown {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'not':
        return ['not', signature(expression.of)];
      case 'and':
      case 'or':
        return [expression.kind, ...expression.of.map(signature)];
      default: {
        const number = numbers.get(expression) ?? numbers.size;
        numbers.set(expression, number);
        return number;
      }
    }
  }
}

function leavesOf(expression: Expression): Leaf[] {
  switch (expression.kind) {
    case 'constant':
      return [];
    case 'not':
      return leavesOf(expression.of);
    case 'and':
    case 'or':
      return expression.of.flatMap(leavesOf);
    default:
      return [expression];
  }
}

/** Whether an undecided expression can still be decided so, when only the `hopeful` of its leaves ever will be. */
function canBecome(value: boolean, expression: Expression, hopeful: ReadonlySet<Leaf>): boolean {
  switch (expression.kind) {
    case 'constant':
      return expression.value === value;
    case 'not':
      return canBecome(!value, expression.of, hopeful);
    case 'and':
    case 'or': {
      const of = (part: Expression) => canBecome(value, part, hopeful);
      return value === (expression.kind === 'or') ? expression.of.some(of) : expression.of.every(of);
    }
    default:
      return hopeful.has(expression);
  }
}

/** The field that says whether a record matters beyond the rules. */
const MATTERS = '(matters)';

/** Looks at leaves that `inParts` has made. */
function createLook(schema: LineSchema) {
  const members = membersOf(schema);
  const fields: Derive = { ...schema.fields, [MATTERS]: schema.matters };
  const compiled = new Map<Leaf, Predicate>();
  const partOf = new Map<Leaf, number>();
  function predicateOf(leaf: Leaf): Predicate {
    const predicate = compiled.get(leaf) ?? toPredicate(leaf);
    compiled.set(leaf, predicate);
    return predicate;
  }
  return {
    look(leaf: Leaf, known: KnownMembers): Look {
      const read = new Set<string>();
      const record = knownRecord(known, members, (path) => read.add(path));
      try {
        const holds = predicateOf(leaf)(knownFields(record, fields, partOf.get(leaf)));
        return { holds, read: new Set() };
      } catch (error) {
        // A rule that throws on a value must throw where it is counted: then nothing is wanted, and nothing decided.
        return { holds: undefined, read, ...(error instanceof UnknownMember && { wanted: error.path }) };
      }
    },
    /** The leaves that together are a leaf: one for each path, and for each part that the path's field is derived in. */
    parts(leaf: Leaf): readonly Leaf[] {
      if (leaf.kind !== 'some' && leaf.kind !== 'there') return [leaf];
      return leaf.paths.flatMap((path) => {
        const derivations = Object.hasOwn(fields, path) ? [fields[path]].flat() : [path];
        return derivations.map((_, part) => {
          const one = { ...leaf, paths: [path] };
          partOf.set(one, part);
          return one;
        });
      });
    },
  };
}

/** The same expression with every leaf split, so that what is decided of it need not be asked again. */
function inParts(expression: Expression, parts: (leaf: Leaf) => readonly Leaf[]): Expression {
  switch (expression.kind) {
    case 'constant':
      return expression;
    case 'not':
      return { kind: 'not', of: inParts(expression.of, parts) };
    case 'and':
    case 'or':
      return { kind: expression.kind, of: expression.of.map((each) => inParts(each, parts)) };
    default: {
      const leaves = parts(expression);
      const [only] = leaves;
      return leaves.length === 1 && only ? only : { kind: 'or', of: leaves };
    }
  }
}
