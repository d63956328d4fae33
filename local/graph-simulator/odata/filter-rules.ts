/** What each endpoint documents for `$filter`, as data. */
import type { Operator } from './expression.ts';

/** One filterable property. */
export interface PropertyRule {
  /** `guid` takes both quoted and bare ids. */
  readonly type: 'string' | 'time' | 'number' | 'boolean' | 'guid';
  readonly operators: readonly Operator[];
  /** The directory compares without regard to case, the logs do not. */
  readonly ignoreCase?: true;
}

/** Filterable properties by path; within a collection the empty path is the item itself. */
export type PropertyRules = Readonly<Record<string, PropertyRule>>;

/** Everything an endpoint documents for `$filter`. */
export interface FilterRules {
  readonly properties: PropertyRules;
  /** Collections that `any` may look into, by path. */
  readonly collections?: Readonly<Record<string, PropertyRules>>;
  /** False where `or` is not documented. Default true. */
  readonly or?: boolean;
  /** Most alternatives in one `or` or `in`. */
  readonly mostAlternatives?: number;
}

/** A property compared for equality only. */
export const EQUAL: PropertyRule = { type: 'string', operators: ['eq'] };
/** A property that can also be compared by its beginning. */
export const EQUAL_OR_START: PropertyRule = { type: 'string', operators: ['eq', 'startswith'] };
/** A time, with both bounds included: no other are documented. */
export const TIME: PropertyRule = { type: 'time', operators: ['eq', 'ge', 'le'] };
