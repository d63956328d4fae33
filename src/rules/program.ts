/** A detection rule compiled for one source, and the evaluation of many of them over one event. */
import type { LogEvent } from '../model/log-event.ts';
import type { Familiarity } from '../model/place.ts';
import {
  decidePlace,
  type Expression,
  type Leaf,
  type Predicate,
  simplify,
  someLeaf,
  toPredicate,
} from './expression.ts';
import type { Extractor } from './extract.ts';
import type { EventFields } from './fields.ts';
import type { Detected, DetectionRule, DetectOptions, Fault, Hit, Scalar } from './schema.ts';

/** Bits of `Hit.when`. */
export const WHEN: Readonly<Record<Familiarity, number>> = { new: 0b001, familiar: 0b010, unknown: 0b100 };
/** `Hit.when` of rules that do not ask about the place. */
export const WHEN_ANY = 0b111;

/** The part of a rule that holds for some familiarities of the place. */
export interface Run {
  /** Bits of `Hit.when` that it stands for. */
  readonly when: number;
  readonly expression: Expression;
}

/** One rule for one source. */
export interface Program {
  readonly rule: DetectionRule;
  readonly runs: readonly Run[];
  readonly extract: Extractor;
  /** True when a correlation builds on the rule. */
  readonly isUsed: boolean;
}

/** Splits a rule that asks about the place into one run per familiarity; runs that can never match are left out. */
export function toRuns(expression: Expression): Run[] {
  if (!someLeaf(expression, (leaf) => leaf.kind === 'place')) return withoutNever([{ when: WHEN_ANY, expression }]);
  const runs = (Object.keys(WHEN) as Familiarity[]).map((familiarity) => ({
    when: WHEN[familiarity],
    expression: simplify(expression, decidePlace(familiarity)),
  }));
  return withoutNever(runs);
}

function withoutNever(runs: readonly Run[]): Run[] {
  return runs.filter(({ expression }) => expression.kind !== 'constant' || expression.value);
}

/** Evaluates programs over events of their source. */
export type Evaluator = (event: LogEvent, options?: DetectOptions) => Detected;

interface Step {
  readonly program: Program;
  /** Bits that hold whatever the rest of the event says. */
  readonly always: number;
  /** Bits that may hold. */
  readonly possible: number;
  readonly tests: readonly { readonly when: number; readonly holds: Predicate }[];
}
type Plan = readonly Step[];

/** Distinct values of the dispatch field that are remembered: a flood of odd values must not fill the memory. */
const MAX_PLANS = 20_000;
const MAX_KEY_LENGTH = 256;

/**
 * Evaluates with one plan per value of the dispatch field and per set of `postern` fields that the event has: the parts
 * of each rule that look at these only, or at `postern` fields that are missing, are decided once, and rules that they
 * rule out are not looked at again.
 */
export function createEvaluator(programs: readonly Program[], dispatchField: string): Evaluator {
  const full = toPlan(programs, () => undefined);
  const plans = new Map<Scalar | undefined, Map<number, Plan>>();
  const keyOf = createKey(dispatchField);
  const bits = rootBits(programs);
  let size = 0;
  function planFor({ fields }: LogEvent): Plan {
    const key = keyOf(fields);
    if (key === NO_KEY) return full;
    const present = presentBits(fields.postern, bits);
    let ofKey = plans.get(key);
    const known = ofKey?.get(present);
    if (known) return known;
    if (size >= MAX_PLANS) return full;
    const isDecided = (path: string) => path === dispatchField || isMissing(bits.get(rootOf(path)), present);
    const plan = toPlan(programs, (leaf) =>
      (leaf.kind === 'some' || leaf.kind === 'there') && leaf.paths.every(isDecided)
        ? decided(leaf, fields)
        : undefined,
    );
    if (!ofKey) {
      ofKey = new Map();
      plans.set(key, ofKey);
    }
    ofKey.set(present, plan);
    size++;
    return plan;
  }
  return (event, options = {}) => run(planFor(event), event, options);
}

/** `method` of `postern.method.type`; '' for fields of the record. */
function rootOf(path: string): string {
  return path.startsWith('postern.') ? (path.split('.', 2)[1] ?? '') : '';
}

/** A bit for each `postern` field that some rule asks for, as many as a number has. */
function rootBits(programs: readonly Program[]): ReadonlyMap<string, number> {
  const roots = new Set<string>();
  for (const { runs } of programs) {
    for (const { expression } of runs) {
      someLeaf(expression, (leaf) => {
        if (leaf.kind === 'some' || leaf.kind === 'there') for (const path of leaf.paths) roots.add(rootOf(path));
        return false;
      });
    }
  }
  roots.delete('');
  return new Map([...roots].slice(0, 30).map((root, index) => [root, 1 << index]));
}

function isMissing(bit: number | undefined, present: number): boolean {
  return bit !== undefined && (bit & present) === 0;
}

function presentBits(postern: EventFields, bits: ReadonlyMap<string, number>): number {
  let present = 0;
  for (const root in postern) present |= bits.get(root) ?? 0;
  return present;
}

/** A leaf that throws stays open, so that it throws where it is counted. */
function decided(leaf: Leaf, fields: EventFields): boolean | undefined {
  try {
    return toPredicate(leaf)(fields);
  } catch {
    return undefined;
  }
}

function toPlan(programs: readonly Program[], decide: (leaf: Leaf) => boolean | undefined): Plan {
  const steps: Step[] = [];
  for (const program of programs) {
    const runs = program.runs.map(({ when, expression }) => ({ when, expression: simplify(expression, decide) }));
    let always = 0;
    const tests: { when: number; holds: Predicate }[] = [];
    for (const { when, expression } of runs) {
      if (expression.kind !== 'constant') tests.push({ when, holds: toPredicate(expression) });
      else if (expression.value) always |= when;
    }
    const possible = tests.reduce((bits, test) => bits | test.when, always);
    if (possible !== 0) steps.push({ program, always, possible, tests });
  }
  return steps;
}

const NOTHING: Detected = { hits: [], faults: [] };

function run(plan: Plan, event: LogEvent, { isFamiliar, onAlone }: DetectOptions): Detected {
  // Bits of which a hit must have one.
  const wanted = isFamiliar ? WHEN.familiar : WHEN_ANY;
  let hits: Hit[] | undefined;
  let faults: Fault[] | undefined;
  for (const { program, always, possible, tests } of plan) {
    if ((possible & wanted) === 0) continue;
    try {
      let when = always;
      for (const test of tests) if (test.holds(event.fields)) when |= test.when;
      if ((when & wanted) === 0) continue;
      if (onAlone && !program.isUsed && when === WHEN_ANY) {
        onAlone(program.rule.name);
        continue;
      }
      hits ??= [];
      hits.push(toHit(program, event, when));
    } catch (error) {
      // Only the kind of error: its message might quote the record.
      const kind = error instanceof Error ? error.name : typeof error;
      faults ??= [];
      faults.push({ rule: program.rule.name, message: `could not be evaluated (${kind})` });
    }
  }
  return hits || faults ? { hits: hits ?? [], faults: faults ?? [] } : NOTHING;
}

function toHit({ rule, extract }: Program, event: LogEvent, when: number): Hit {
  return {
    rule: rule.name,
    recordId: event.id,
    action: event.action,
    source: event.source,
    at: event.at.getTime(),
    when,
    place: event.place,
    fields: extract(event.fields),
  };
}

const NO_KEY = Symbol('no key');

/** The single value of the dispatch field; `NO_KEY` for lists, objects and long texts, which are not remembered. */
function createKey(path: string): (fields: EventFields) => Scalar | undefined | typeof NO_KEY {
  const segments = path.split('.');
  return (fields) => {
    let value: unknown = fields;
    for (const segment of segments) {
      if (value === undefined || value === null) return undefined;
      if (typeof value !== 'object' || Array.isArray(value)) return NO_KEY;
      value = (value as Record<string, unknown>)[segment];
    }
    if (value === undefined) return undefined;
    if (value === null) return null;
    if (typeof value === 'string') return value.length > MAX_KEY_LENGTH ? NO_KEY : value;
    return typeof value === 'number' || typeof value === 'boolean' ? value : NO_KEY;
  };
}
