/** Rounds of evaluation: chains level by level over the groups that changed, and what they found so far. */
import { isCut } from './cut.ts';
import { evaluate } from './evaluate.ts';
import type { Packing } from './group.ts';
import { type Groups, pointsIn, replaceNested } from './groups.ts';
import { groupOf, toEpisode } from './nested.ts';
import type { Chain, Plan } from './plan.ts';
import type { Episode, Point } from './window.ts';

/** What one chain found in one group. Holds for every `now` in `[since, until)`, epoch ms, while the group stays. */
export interface Result {
  readonly episodes: readonly Episode[];
  readonly since: number;
  readonly until: number;
}

/** The results of all chains, kept between rounds. */
export interface Rounds {
  /** Evaluates what changed, or what `now` (epoch ms) has overtaken. Returns the results that are new. */
  readonly run: (now: number) => ReadonlySet<Result>;
  readonly resultsOf: (rule: string) => ReadonlyMap<string, Result>;
  /** When the next absence falls due, epoch ms; Infinity = none is open. */
  readonly nextDeadline: () => number;
}

/** No results yet. `groupsOf` finds the windows that keep the hits or matches of a rule. */
export function createRounds(
  plan: Plan,
  windows: ReadonlyMap<string, Groups>,
  groupsOf: (rule: string) => readonly Groups[],
  packing: Packing,
): Rounds {
  const results = new Map(plan.chains.map((chain) => [chain.rule.name, new Map<string, Result>()]));
  const resultsOf = (rule: string) => results.get(rule) ?? new Map<string, Result>();
  const deepest = plan.chains.reduce((deepest, chain) => Math.max(deepest, chain.depth), 0);

  function evaluateGroup(chain: Chain, groups: Groups, key: string, points: readonly Point[], now: number) {
    const rule = chain.rule.name;
    const known = resultsOf(rule);
    const old = known.get(key)?.episodes ?? [];
    const result = toResult(chain, groups, key, evaluate(chain, points, now), packing);
    const isWorthKeeping = result.episodes.length > 0 || Number.isFinite(result.since) || Number.isFinite(result.until);
    if (isWorthKeeping) known.set(key, result);
    else known.delete(key);
    if (old.length > 0 || result.episodes.length > 0) {
      for (const above of groupsOf(rule)) replaceNested(above, { rule, key }, old, result.episodes);
    }
    return isWorthKeeping ? result : undefined;
  }

  /** All chains of one level in one window: each group's hits are unpacked once. */
  function runLevel(groups: Groups, depth: number, now: number, found: Set<Result>): void {
    const chains = groups.plan.chains
      .filter((chain) => chain.depth === depth)
      .map((chain) => ({ chain, overdue: overdueKeys(resultsOf(chain.rule.name), now) }));
    if (chains.length === 0) return;
    const keys = new Set(groups.dirty);
    for (const { overdue } of chains) for (const key of overdue) keys.add(key);
    for (const key of keys) {
      const points = pointsIn(groups, key, packing);
      for (const { chain, overdue } of chains) {
        if (!groups.dirty.has(key) && !overdue.has(key)) continue;
        const result = evaluateGroup(chain, groups, key, points, now);
        if (result) found.add(result);
      }
    }
  }

  return {
    run(now) {
      const found = new Set<Result>();
      // Matches of one level are points of the next.
      for (let depth = 0; depth <= deepest; depth++) {
        for (const groups of windows.values()) runLevel(groups, depth, now, found);
      }
      for (const groups of windows.values()) groups.dirty.clear();
      return found;
    },
    resultsOf,
    nextDeadline() {
      let earliest = Number.POSITIVE_INFINITY;
      for (const known of results.values())
        for (const { until } of known.values()) earliest = Math.min(earliest, until);
      return earliest;
    },
  };
}

function toResult(
  chain: Chain,
  groups: Groups,
  key: string,
  { runs, since, until }: ReturnType<typeof evaluate>,
  packing: Packing,
): Result {
  if (runs.length === 0) return { episodes: [], since, until };
  const group = groups.hits.get(key);
  const rules = chain.refersTo.map(packing.rules.numberOf);
  const cut = (from: number, to: number) => group !== undefined && isCut(group, rules, from, to);
  const values = groupOf(groups.plan, key);
  return { episodes: runs.map((run) => toEpisode(chain, values, run, cut)), since, until };
}

/** Keys of results that the clock has overtaken. */
function overdueKeys(known: ReadonlyMap<string, Result>, now: number): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [key, { since, until }] of known) if (now < since || now >= until) keys.add(key);
  return keys;
}
