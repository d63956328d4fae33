/** One chain over the points of one group. */
import { decide } from './absence.ts';
import { findCounted, type ValuesAt } from './counting.ts';
import { valuesOf } from './nested.ts';
import type { Chain } from './plan.ts';
import { findTemporal } from './temporal.ts';
import { type Found, type MayEnd, type Point, type Run, toRuns } from './window.ts';

/** What a chain found in a group. Holds for every `now` in `[since, until)`, epoch ms, while the points stay. */
export interface Evaluation {
  readonly runs: readonly Run[];
  readonly since: number;
  readonly until: number;
}

const NEVER: Evaluation = { runs: [], since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/** Most groups hold too little for most chains: those are told apart without sorting anything. */
function isPossible({ steps, alternatives }: Chain, points: readonly Point[]): boolean {
  if (!alternatives) return points.some((point) => steps.has(point.rule));
  return alternatives.some(({ positive }) => positive.every((name) => points.some((point) => point.rule === name)));
}

/** Evaluates a chain. `points` are those of the whole group, in order. */
export function evaluate(chain: Chain, points: readonly Point[], now: number): Evaluation {
  const { rule, steps } = chain;
  if (!isPossible(chain, points)) return NEVER;
  const own = points.filter((point) => steps.has(point.rule));
  const find = (mayEnd: MayEnd) => findAll(chain, own, mayEnd);
  const { absence } = rule.postern;
  if (!absence) {
    const found = find(() => true);
    return { ...NEVER, runs: toRuns(found, rule.timespanMs) };
  }
  const awaited = new Set(absence.rules);
  const others = points.filter((point) => awaited.has(point.rule));
  const { found, since, until } = decide(others, { withinMs: absence.withinMs, now }, find);
  return { runs: toRuns(found, rule.timespanMs), since, until };
}

function findAll(chain: Chain, points: readonly Point[], mayEnd: MayEnd): Found {
  const { rule, alternatives } = chain;
  if (alternatives) {
    return findTemporal(points, alternatives, {
      spanMs: rule.timespanMs,
      ordered: rule.type === 'temporal_ordered',
      mayEnd,
    });
  }
  const valuesAt: ValuesAt = (point, field) => valuesOf(point.of, rule.aliases[field]?.[point.rule] ?? field);
  return findCounted(points, rule, { mayEnd, valuesAt });
}
