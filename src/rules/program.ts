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
import type { Detected, DetectionRule, Fault, Hit, Scalar } from './schema.ts';

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
export type Evaluator = (event: LogEvent) => Detected;

interface Step {
  readonly program: Program;
  /** Bits that hold whatever the rest of the event says. */
  readonly always: number;
  readonly tests: readonly { readonly when: number; readonly holds: Predicate }[];
}
type Plan = readonly Step[];

/** Distinct values of the dispatch field that are remembered: a flood of odd values must not fill the memory. */
const MAX_PLANS = 20_000;
const MAX_KEY_LENGTH = 256;

/**
 * Evaluates with one plan per value of the dispatch field: the parts of each rule that look at that field only are decided
 * once, and rules that they rule out are not looked at again.
 */
export function createEvaluator(programs: readonly Program[], dispatchField: string): Evaluator {
  const full = toPlan(programs, () => undefined);
  const plans = new Map<Scalar | undefined, Plan>();
  const keyOf = createKey(dispatchField);
  const isDispatched = (leaf: Leaf) =>
    (leaf.kind === 'some' || leaf.kind === 'there') && leaf.paths.every((path) => path === dispatchField);
  function planFor(fields: EventFields): Plan {
    const key = keyOf(fields);
    if (key === NO_KEY) return full;
    const known = plans.get(key);
    if (known) return known;
    if (plans.size >= MAX_PLANS) return full;
    const plan = toPlan(programs, (leaf) => (isDispatched(leaf) ? decided(leaf, fields) : undefined));
    plans.set(key, plan);
    return plan;
  }
  return (event) => run(planFor(event.fields), event);
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
    if (always !== 0 || tests.length > 0) steps.push({ program, always, tests });
  }
  return steps;
}

const NOTHING: Detected = { hits: [], faults: [] };

function run(plan: Plan, event: LogEvent): Detected {
  const hits: Hit[] = [];
  const faults: Fault[] = [];
  for (const { program, always, tests } of plan) {
    try {
      let when = always;
      for (const test of tests) if (test.holds(event.fields)) when |= test.when;
      if (when !== 0) hits.push(toHit(program, event, when));
    } catch (error) {
      // Only the kind of error: its message might quote the record.
      const kind = error instanceof Error ? error.name : typeof error;
      faults.push({ rule: program.rule.name, message: `could not be evaluated (${kind})` });
    }
  }
  return hits.length === 0 && faults.length === 0 ? NOTHING : { hits, faults };
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
