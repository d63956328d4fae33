/**
 * Correlation: from hits of single events to matches of chains. docs/rules.md, "Correlation", says what matches.
 *
 * A correlator is a set of hits. What it answers is a function of that set, of the histories and of `now`: never of the
 * order, the number of times or the batches in which hits arrived.
 */
import { familiarity, type PlaceHistory } from '../model/place.ts';
import { evaluate } from './correlation/evaluate.ts';
import {
  countingHits,
  createGroup,
  DEFAULT_CAP,
  drop,
  type Group,
  hitsOf,
  insert,
  isCut,
  markCut,
  type Packing,
  refresh,
  sizeOf,
} from './correlation/group.ts';
import { compareHits, groupOf, isEpisode, keysOf, pointsOf, toEpisode } from './correlation/nested.ts';
import { createNames } from './correlation/packing.ts';
import { type Chain, GENERATED_WINDOW, toPlan, type WindowPlan } from './correlation/plan.ts';
import { hitsIn, toSnapshot, type WindowRef, type WindowSnapshot } from './correlation/snapshot.ts';
import { comparePoints, compareText, type Episode, type Point } from './correlation/window.ts';
import type { Hit, RuleProblem, RuleSet } from './schema.ts';

export type { WindowRef, WindowSnapshot } from './correlation/snapshot.ts';

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
}

/** What matches are asked for with. */
export interface MatchQuery {
  /** Decides absences, epoch ms. */
  readonly now: number;
  /** The places a person (or account, where no person is set) has been used from. */
  readonly history: (person: string) => PlaceHistory | undefined;
  /** True: only matches of groups whose matches were evaluated anew since the last call. */
  readonly onlyDirty?: boolean;
}

/** See `createCorrelator`. */
export interface Correlator {
  /** Takes a hit. False when it changes nothing: known already, of no use to any chain, or thinned out. */
  readonly add: (hit: Hit) => boolean;
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
  /** Groups with at least one hit, hits they hold (once per group), and groups in which a cap dropped hits. */
  readonly size: () => { readonly groups: number; readonly hits: number; readonly cut: number };
  /** Rules that cannot be evaluated. The others are. */
  readonly problems: readonly RuleProblem[];
}

interface Result {
  readonly episodes: readonly Episode[];
  readonly since: number;
  readonly until: number;
}

/** A window with its state. */
interface Window {
  readonly plan: WindowPlan;
  readonly groups: Map<string, Group>;
  /** Key → matches of other chains that are points of this group, by `rule + key` of where they come from. */
  readonly nested: Map<string, Map<string, readonly Episode[]>>;
  readonly dirty: Set<string>;
}

/** An empty correlator over the correlations of a rule set. */
export function createCorrelator(
  ruleSet: Pick<RuleSet, 'correlations'>,
  { cap = DEFAULT_CAP }: CorrelatorOptions = {},
): Correlator {
  const plan = toPlan(ruleSet.correlations);
  const packing: Packing = { rules: createNames(), sources: createNames(), cap };
  const windows = new Map(plan.windows.map((window) => [window.id, createWindow(window)]));
  const results = new Map(plan.chains.map((chain) => [chain.rule.name, new Map<string, Result>()]));
  let evaluated = new Set<Result>();

  function resultsOf(rule: string): Map<string, Result> {
    return results.get(rule) ?? new Map();
  }

  function windowsFor(rule: string): Window[] {
    return (plan.windowsOf.get(rule) ?? []).flatMap((window) => windows.get(window.id) ?? []);
  }

  function put(window: Window, key: string, hit: Hit): boolean {
    const group = window.groups.get(key) ?? createGroup(key);
    if (!insert(group, hit, packing)) return false;
    window.groups.set(key, group);
    window.dirty.add(key);
    return true;
  }

  /** Marks groups in which hits count that did not, or the reverse: histories grow, and places become familiar. */
  function refreshPlaces(history: MatchQuery['history']): void {
    const counts: Parameters<typeof refresh>[1] = (...hit) => countsAt(history, ...hit);
    for (const window of windows.values()) {
      for (const group of window.groups.values()) {
        if (refresh(group, counts)) window.dirty.add(group.key);
      }
    }
  }

  function evaluateGroup(chain: Chain, window: Window, key: string, points: readonly Point[], now: number): void {
    const { name } = chain.rule;
    const known = resultsOf(name);
    const { runs, since, until } = evaluate(chain, points, now);
    const old = known.get(key)?.episodes ?? [];
    const group = window.groups.get(key);
    const cut = (from: number, to: number) => !!group && isCut(group, chain.refersTo, from, to, packing);
    const values = groupOf(window.plan, key);
    const episodes = runs.map((run) => toEpisode(chain, values, run, cut));
    const result = { episodes, since, until };
    if (episodes.length > 0 || Number.isFinite(since) || Number.isFinite(until)) {
      known.set(key, result);
      evaluated.add(result);
    } else known.delete(key);
    if (old.length > 0 || episodes.length > 0) handUp(name, key, old, episodes);
  }

  /** Level by level, since matches of one level are points of the next; each group's points are unpacked once a level. */
  function evaluateAll(now: number): void {
    const deepest = Math.max(0, ...plan.chains.map((chain) => chain.depth));
    for (let depth = 0; depth <= deepest; depth++) {
      for (const window of windows.values()) {
        const chains = window.plan.chains.filter((chain) => chain.depth === depth);
        const due = new Map(chains.map((chain) => [chain, dueKeys(resultsOf(chain.rule.name), now)]));
        const keys = new Set(chains.length > 0 ? window.dirty : []);
        for (const overdue of due.values()) for (const key of overdue) keys.add(key);
        for (const key of keys) {
          const points = pointsIn(window, key, packing);
          const isDirty = window.dirty.has(key);
          for (const chain of chains) {
            if (isDirty || due.get(chain)?.has(key)) evaluateGroup(chain, window, key, points, now);
          }
        }
      }
    }
    for (const window of windows.values()) window.dirty.clear();
  }

  /** A chain's matches in one group changed: chains above see the new ones. */
  function handUp(rule: string, key: string, old: readonly Episode[], episodes: readonly Episode[]): void {
    const origin = `${rule}\u0000${key}`;
    for (const window of windowsFor(rule)) {
      for (const target of new Set(old.flatMap((episode) => keysOf(window.plan, rule, episode)))) {
        const origins = window.nested.get(target);
        origins?.delete(origin);
        if (origins?.size === 0) window.nested.delete(target);
        window.dirty.add(target);
      }
      for (const episode of episodes) {
        for (const target of keysOf(window.plan, rule, episode)) {
          const origins = window.nested.get(target) ?? new Map<string, readonly Episode[]>();
          origins.set(origin, [...(origins.get(origin) ?? []), episode]);
          window.nested.set(target, origins);
          window.dirty.add(target);
        }
      }
    }
  }

  return {
    problems: plan.problems,
    add(hit) {
      let isNew = false;
      for (const window of windowsFor(hit.rule)) {
        for (const key of keysOf(window.plan, hit.rule, hit)) isNew = put(window, key, hit) || isNew;
      }
      return isNew;
    },
    matches({ now, history, onlyDirty = false }) {
      evaluated = new Set();
      refreshPlaces(history);
      const generated = windows.get(GENERATED_WINDOW);
      const single = [...((onlyDirty ? generated?.dirty : generated?.groups.keys()) ?? [])];
      evaluateAll(now);
      const found = plan.chains
        .filter((chain) => chain.concludes)
        .flatMap((chain) => [...resultsOf(chain.rule.name).values()])
        .filter((result) => !onlyDirty || evaluated.has(result))
        .flatMap((result) => result.episodes.map(toMatch));
      for (const key of single) {
        for (const { of } of generated ? pointsIn(generated, key, packing) : []) {
          if (!isEpisode(of)) found.push(hitMatch(of));
        }
      }
      return found.sort(compareMatches);
    },
    nextDeadline() {
      let earliest = Number.POSITIVE_INFINITY;
      for (const known of results.values())
        for (const { until } of known.values()) earliest = Math.min(earliest, until);
      return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
    },
    prune(now) {
      for (const window of windows.values()) {
        const before = now - window.plan.retentionMs - LATENESS_MS;
        for (const [key, group] of window.groups) {
          const open = window.plan.chains.flatMap((chain) => {
            const episodes = resultsOf(chain.rule.name).get(key)?.episodes ?? [];
            return episodes.filter((episode) => episode.end >= before);
          });
          const kept = new Set(open.flatMap((episode) => episode.evidence.map(hitKey)));
          if (drop(group, (hit) => !kept.has(hitKey(hit)), before, packing)) window.dirty.add(key);
          if (sizeOf(group) === 0) window.groups.delete(key);
        }
      }
    },
    windowsOf: (hit) =>
      windowsFor(hit.rule).flatMap((window) =>
        keysOf(window.plan, hit.rule, hit).map((key) => ({ window: window.plan.id, key })),
      ),
    snapshot(ref) {
      const group = windows.get(ref.window)?.groups.get(ref.key);
      if (!group) return undefined;
      const cuts = [...(group.cuts ?? [])].map(([rule, cut]) => ({ rule: packing.rules.nameOf(rule), ...cut }));
      return toSnapshot(ref, hitsOf(group, packing), cuts);
    },
    restore(snapshot) {
      const window = windows.get(snapshot.window);
      if (!window) return;
      for (const hit of hitsIn(snapshot)) if (window.plan.rules.has(hit.rule)) put(window, snapshot.key, hit);
      const group = window.groups.get(snapshot.key);
      if (!group) return;
      for (const [number, from, to] of snapshot.cuts) {
        const rule = snapshot.rules[number];
        if (rule && window.plan.rules.has(rule)) markCut(group, packing.rules.numberOf(rule), { from, to });
      }
      window.dirty.add(snapshot.key);
    },
    size() {
      const groups = [...windows.values()].flatMap((window) => [...window.groups.values()]);
      return {
        groups: groups.length,
        hits: groups.reduce((sum, group) => sum + sizeOf(group), 0),
        cut: groups.filter((group) => group.cuts !== undefined).length,
      };
    },
  };
}

/** Keys of results that the clock has overtaken. */
function dueKeys(known: ReadonlyMap<string, Result>, now: number): ReadonlySet<string> {
  return new Set([...known].filter(([, { since, until }]) => now < since || now >= until).map(([key]) => key));
}

function createWindow(plan: WindowPlan): Window {
  return { plan, groups: new Map(), nested: new Map(), dirty: new Set() };
}

const BIT = { new: 0b001, familiar: 0b010, unknown: 0b100 } as const;

function countsAt(
  history: MatchQuery['history'],
  when: number,
  place: Hit['place'],
  at: number,
  fields: Hit['fields'],
): boolean {
  const person = fields['postern.person'] ?? fields['postern.account'];
  const known = typeof person === 'string' ? history(person) : undefined;
  return (when & BIT[familiarity(known, place, at)]) !== 0;
}

/** The points of a group: of each action the earliest hit that counts, and the moments of nested matches. */
function pointsIn(window: Window, key: string, packing: Packing): readonly Point[] {
  const points: Point[] = [];
  const group = window.groups.get(key);
  const seen = new Set<string>();
  for (const hit of group ? countingHits(group, packing) : []) {
    const action = `${hit.rule}\u0000${hit.source}\u0000${hit.action}`;
    if (seen.has(action)) continue;
    seen.add(action);
    points.push({ at: hit.at, rule: hit.rule, id: hit.recordId, of: hit });
  }
  const nested = window.nested.get(key);
  if (!nested) return points;
  for (const episodes of nested.values()) points.push(...episodes.flatMap(pointsOf));
  return points.sort(comparePoints);
}

function toMatch({ rule, group, evidence, cut }: Episode): Match {
  return { rule, group, from: evidence[0]?.at ?? 0, to: evidence.at(-1)?.at ?? 0, evidence, cut };
}

function hitMatch(hit: Hit): Match {
  return { rule: hit.rule, group: {}, from: hit.at, to: hit.at, evidence: [hit], cut: false };
}

function hitKey(hit: Hit): string {
  return `${hit.rule}\u0000${hit.source}\u0000${hit.recordId}\u0000${hit.at}`;
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
