/** What live code asks about groups: which one, whose, when again, and made of which others. */
import type { Hit } from '../schema.ts';
import type { Groups } from './groups.ts';
import { keyOfGroup, keysOf, personIn } from './nested.ts';
import { GENERATED_WINDOW, type Plan } from './plan.ts';
import type { Rounds } from './rounds.ts';
import type { WindowRef } from './snapshot.ts';

/** What tells the group of a match. */
export interface Concluded {
  readonly rule: string;
  readonly group: Readonly<Record<string, string>>;
  readonly evidence: readonly Hit[];
}

/** Facts about groups. */
export interface GroupFacts {
  /** The group that a match was concluded in. */
  readonly groupOf: (match: Concluded) => WindowRef;
  /** Whose group it is, where the person is among what it is grouped by; undefined: several persons can meet in it. */
  readonly personOf: (ref: WindowRef) => string | undefined;
  /** Groups that have an open absence after the last `matches`, and when it falls due (epoch ms). */
  readonly deadlines: () => readonly { readonly ref: WindowRef; readonly at: number }[];
  /** Groups whose points are, after the last `matches`, matches of other chains; and the groups these are from. */
  readonly nested: () => readonly { readonly ref: WindowRef; readonly from: readonly WindowRef[] }[];
}

/** Answers for one correlator. */
export function describeGroups(plan: Plan, windows: ReadonlyMap<string, Groups>, rounds: Rounds): GroupFacts {
  const chains = new Map(plan.chains.map((chain) => [chain.rule.name, chain]));
  return {
    groupOf(match) {
      const chain = chains.get(match.rule);
      if (chain) return { window: chain.window.id, key: keyOfGroup(chain.window, match.group) };
      const generated = windows.get(GENERATED_WINDOW);
      const [hit] = match.evidence;
      const [key = ''] = generated && hit ? keysOf(generated.plan, match.rule, hit) : [];
      return { window: GENERATED_WINDOW, key };
    },
    personOf(ref) {
      const groups = windows.get(ref.window);
      return groups && personIn(groups.plan, ref.key);
    },
    deadlines: () =>
      plan.chains.flatMap(({ rule, window }) =>
        [...rounds.resultsOf(rule.name)].flatMap(([key, { until }]) =>
          Number.isFinite(until) ? [{ ref: { window: window.id, key }, at: until }] : [],
        ),
      ),
    nested: () =>
      [...windows.values()].flatMap((groups) =>
        [...groups.nested].map(([key, origins]) => ({
          ref: { window: groups.plan.id, key },
          from: [...origins.values()].flatMap(([episode]) => {
            const chain = episode && chains.get(episode.rule);
            return chain ? [{ window: chain.window.id, key: keyOfGroup(chain.window, episode.group) }] : [];
          }),
        })),
      ),
  };
}
