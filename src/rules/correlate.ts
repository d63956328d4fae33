/**
 * Correlation: from hits of single events to matches of chains. docs/rules.md, "Correlation", says what matches.
 *
 * A correlator is a set of hits. What it answers is a function of that set, of the histories and of `now`: never of the
 * order, the number of times or the batches in which hits arrived.
 */

import { familiarity } from '../model/place.ts';
import { markCut } from './correlation/cut.ts';
import { describeGroups, type GroupFacts } from './correlation/describe.ts';
import { DEFAULT_CAP, hitsOf, type Packing, sizeOf } from './correlation/group.ts';
import {
  createGroups,
  type FamiliarityOf,
  fill,
  type Groups,
  type Histories,
  pointsIn,
  pruneGroups,
  put,
  refreshPlaces,
} from './correlation/groups.ts';
import { compareHits, isEpisode, keysOf } from './correlation/nested.ts';
import { createNames } from './correlation/packing.ts';
import { GENERATED_WINDOW, type Plan, toPlan } from './correlation/plan.ts';
import { createRounds, type Rounds } from './correlation/rounds.ts';
import {
  cutsIn,
  hitsIn,
  type RuleCut,
  toSnapshot,
  type WindowRef,
  type WindowSnapshot,
} from './correlation/snapshot.ts';
import { compareText, type Episode } from './correlation/window.ts';
import type { Hit, RuleProblem, RuleSet } from './schema.ts';

export type { FamiliarityOf, Histories } from './correlation/groups.ts';
export type { RuleCut, WindowRef, WindowSnapshot } from './correlation/snapshot.ts';

/** Entra may take this long to deliver a record (entra-docs, reports-faq: two hours for aggregated MFA data). */
export const LATENESS_MS = 2 * 3600_000;

/** One conclusion of a chain: an episode of overlapping satisfied windows in one group. */
export interface Match {
  readonly rule: string;
  /** Group-by name → the group's value as text. Empty without group-by. */
  readonly group: Readonly<Record<string, string>>;
  /** Time of the first and the last evidence, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Every hit that took part, those of nested matches included, in order of time and record id. */
  readonly evidence: readonly Hit[];
  /** True when a cap dropped hits in the match's windows. */
  readonly cut: boolean;
}

/** Settings of a correlator. */
export interface CorrelatorOptions {
  /** Hits that one group keeps of one rule; a multiple of 4. Default 512. */
  readonly cap?: number;
  /**
   * False: a signal that `generate: true` makes a conclusion of its own is no match. For who has no use for it: findings are
   * made of chains. Default true, as Sigma says.
   */
  readonly signalsConclude?: boolean;
}

/** What matches are asked for with. */
export interface MatchQuery {
  /** Decides absences, epoch ms. */
  readonly now: number;
  /** The places a person (or account, where no person is set) has been used from. */
  readonly history: Histories;
  /** Instead of `history`, for who knows the answers without having the histories. */
  readonly familiarity?: FamiliarityOf;
  /** True: only matches of groups whose matches were evaluated anew since the last call. */
  readonly onlyDirty?: boolean;
}

/** See `createCorrelator`. */
export interface Correlator extends GroupFacts {
  /**
   * Takes a hit. False when it changes nothing: known already, of no use to any chain, or thinned out. With `into` it goes
   * only into the groups that pass: live code holds some groups, not all.
   */
  readonly add: (hit: Hit, into?: (ref: WindowRef) => boolean) => boolean;
  /** What the chains conclude, in order of first evidence. Evaluates only groups that changed. */
  readonly matches: (query: MatchQuery) => Match[];
  /** When an absence falls due that the last `matches` left open, epoch ms; undefined = none is open. */
  readonly nextDeadline: () => number | undefined;
  /** Forgets hits that can no longer matter: older than their window and the lateness, and in no open episode. */
  readonly prune: (now: number) => void;
  /** The groups that a hit belongs to: what live code loads before it adds the hit, and stores afterwards. */
  readonly windowsOf: (hit: Hit) => readonly WindowRef[];
  /** One group's hits as plain JSON; undefined when it has none. */
  readonly snapshot: (ref: WindowRef) => WindowSnapshot | undefined;
  /** Adds the hits of a snapshot. Hits of rules that no longer exist are left out. */
  readonly restore: (snapshot: WindowSnapshot) => void;
  /** Adds hits to one group, and where its cap dropped some before: `restore` for who has them as objects. */
  readonly fill: (ref: WindowRef, hits: readonly Hit[], cuts: readonly RuleCut[]) => void;
  /** One group's hits in order, as objects, and where its cap dropped some. */
  readonly contentOf: (ref: WindowRef) => { readonly hits: readonly Hit[]; readonly cuts: readonly RuleCut[] };
  /** Groups with at least one hit, hits they hold (once per group), and groups in which a cap dropped hits. */
  readonly size: () => { readonly groups: number; readonly hits: number; readonly cut: number };
  /** Rules that cannot be evaluated. The others are. */
  readonly problems: readonly RuleProblem[];
}

/** Everything a correlator is made of. */
interface State {
  readonly plan: Plan;
  readonly packing: Packing;
  readonly windows: ReadonlyMap<string, Groups>;
  /** Windows that keep the hits or matches of a rule. */
  readonly groupsOf: (rule: string) => readonly Groups[];
  readonly rounds: Rounds;
}

/** An empty correlator over the correlations of a rule set. */
export function createCorrelator(ruleSet: Pick<RuleSet, 'correlations'>, options: CorrelatorOptions = {}): Correlator {
  const state = createState(ruleSet, options);
  const { plan, packing, windows, groupsOf, rounds } = state;
  return {
    problems: plan.problems,
    add(hit, into) {
      let isNew = false;
      for (const groups of groupsOf(hit.rule)) {
        for (const key of keysOf(groups.plan, hit.rule, hit)) {
          if (into && !into({ window: groups.plan.id, key })) continue;
          isNew = put(groups, key, hit, packing) || isNew;
        }
      }
      return isNew;
    },
    matches: (query) => conclude(state, query),
    nextDeadline() {
      const deadline = rounds.nextDeadline();
      return Number.isFinite(deadline) ? deadline : undefined;
    },
    prune(now) {
      for (const groups of windows.values()) {
        const before = now - groups.plan.retentionMs - LATENESS_MS;
        const open = (key: string) =>
          groups.plan.chains
            .flatMap((chain) => rounds.resultsOf(chain.rule.name).get(key)?.episodes ?? [])
            .filter((episode) => episode.end >= before);
        pruneGroups(groups, before, open, packing);
      }
    },
    windowsOf: (hit) =>
      groupsOf(hit.rule).flatMap(({ plan: { id }, plan }) =>
        keysOf(plan, hit.rule, hit).map((key) => ({ window: id, key })),
      ),
    snapshot(ref) {
      const { hits, cuts } = contentOf(state, ref);
      return hits.length > 0 ? toSnapshot(ref, hits, cuts) : undefined;
    },
    restore: (snapshot) => fillGroup(state, snapshot, hitsIn(snapshot), cutsIn(snapshot)),
    fill: (ref, hits, cuts) => fillGroup(state, ref, hits, cuts),
    contentOf: (ref) => contentOf(state, ref),
    ...describeGroups(plan, windows, rounds),
    size() {
      const groups = [...windows.values()].flatMap(({ hits }) => [...hits.values()]);
      return {
        groups: groups.length,
        hits: groups.reduce((sum, group) => sum + sizeOf(group), 0),
        cut: groups.filter((group) => group.cuts !== undefined).length,
      };
    },
  };
}

function createState(
  ruleSet: Pick<RuleSet, 'correlations'>,
  { cap = DEFAULT_CAP, signalsConclude }: CorrelatorOptions,
): State {
  const plan = toPlan(ruleSet.correlations, signalsConclude);
  const packing = { rules: createNames(), sources: createNames(), cap };
  const windows = new Map(plan.windows.map((window) => [window.id, createGroups(window)]));
  const byRule = new Map(
    [...plan.windowsOf].map(([rule, plans]) => [rule, plans.flatMap(({ id }) => windows.get(id) ?? [])]),
  );
  const groupsOf = (rule: string) => byRule.get(rule) ?? [];
  return { plan, packing, windows, groupsOf, rounds: createRounds(plan, windows, groupsOf, packing) };
}

function conclude({ plan, packing, windows, rounds }: State, query: MatchQuery): Match[] {
  const { now, history, onlyDirty = false } = query;
  const familiarityOf: FamiliarityOf =
    query.familiarity ?? ((person, place, at) => familiarity(history(person), place, at));
  for (const groups of windows.values()) refreshPlaces(groups, familiarityOf);
  const generated = windows.get(GENERATED_WINDOW);
  const single = [...((onlyDirty ? generated?.dirty : generated?.hits.keys()) ?? [])];
  const anew = rounds.run(now);
  const matches = plan.chains
    .filter((chain) => chain.concludes)
    .flatMap((chain) => [...rounds.resultsOf(chain.rule.name).values()])
    .filter((result) => !onlyDirty || anew.has(result))
    .flatMap((result) => result.episodes.map(toMatch));
  for (const key of single) {
    for (const { of } of generated ? pointsIn(generated, key, packing) : []) {
      if (!isEpisode(of)) matches.push(hitMatch(of));
    }
  }
  return matches.sort(compareMatches);
}

function contentOf({ windows, packing }: State, ref: WindowRef): { hits: Hit[]; cuts: RuleCut[] } {
  const group = windows.get(ref.window)?.hits.get(ref.key);
  if (!group) return { hits: [], cuts: [] };
  const cuts = [...(group.cuts ?? [])].map(([rule, cut]) => ({ rule: packing.rules.nameOf(rule), ...cut }));
  return { hits: hitsOf(group, packing), cuts };
}

function fillGroup({ windows, packing }: State, ref: WindowRef, all: readonly Hit[], cuts: readonly RuleCut[]): void {
  const groups = windows.get(ref.window);
  if (!groups) return;
  const isKept = (rule: string) => groups.plan.rules.has(rule);
  const hits = all.filter((hit) => isKept(hit.rule));
  fill(groups, ref.key, hits, packing);
  const group = groups.hits.get(ref.key);
  if (!group) return;
  for (const { rule, from, to } of cuts) {
    if (isKept(rule)) markCut(group, packing.rules.numberOf(rule), { from, to });
  }
  groups.dirty.add(ref.key);
}

function toMatch({ rule, group, evidence, cut }: Episode): Match {
  return { rule, group, from: evidence[0]?.at ?? 0, to: evidence.at(-1)?.at ?? 0, evidence, cut };
}

function hitMatch(hit: Hit): Match {
  return { rule: hit.rule, group: {}, from: hit.at, to: hit.at, evidence: [hit], cut: false };
}

function compareMatches(a: Match, b: Match): number {
  const [first, other] = [a.evidence[0], b.evidence[0]];
  return (
    a.from - b.from ||
    compareText(a.rule, b.rule) ||
    compareText(JSON.stringify(a.group), JSON.stringify(b.group)) ||
    (first && other ? compareHits(first, other) : 0)
  );
}
