/** What the watch cannot see, since when, and which rules that concerns. Pure. */
import { SOURCE_TITLES, sentence } from '../../report/wording.ts';
import { explainGap } from '../gaps.ts';
import type { WatchState } from './desk-ports.ts';
import type { Blind } from './shape.ts';

/** Gaps with their rules first, then sources and timers that are late, then settings. Empty: everything is seen. */
export function blindnessOf({ gaps, rules, sources, timers, settings }: WatchState): Blind[] {
  const blind = rules.filter(({ state }) => state === 'blind' || state === 'rejected');
  const explained = new Set<string>();
  const ofGaps = gaps.map((gap): Blind => {
    const why = explainGap(gap);
    const concerned = blind.filter((rule) => rule.why?.includes(why));
    for (const { name } of concerned) explained.add(name);
    const what = sentence(SOURCE_TITLES[gap.source]);
    return { what, since: gap.since.toISOString(), why, rules: concerned.map(nameOf) };
  });
  const others = blind
    .filter(({ name }) => !explained.has(name))
    .map((rule): Blind => ({ what: 'A rule', why: rule.why ?? 'It cannot see what it needs.', rules: [nameOf(rule)] }));
  return [...ofGaps, ...others, ...lateSources(sources), ...lateTimers(timers), ...settings.map(settingGap)];
}

function nameOf({ name, title }: WatchState['rules'][number]): string {
  return `${title} (${name})`;
}

function lateSources(sources: WatchState['sources']): Blind[] {
  return sources.flatMap(({ name, state, readTo }): Blind[] => {
    const what = sentence(SOURCE_TITLES[name as keyof typeof SOURCE_TITLES] ?? name);
    if (state === 'late') return [{ what, ...(readTo && { since: readTo }), why: 'It is read late.', rules: [] }];
    return state === 'never' ? [{ what, why: 'It has not been read yet.', rules: [] }] : [];
  });
}

function lateTimers(timers: WatchState['timers']): Blind[] {
  return timers.flatMap(({ name, state, at }): Blind[] =>
    state === 'awake'
      ? []
      : [{ what: `Timer ${name}`, ...(at && { since: at }), why: 'It has not run when it should.', rules: [] }],
  );
}

function settingGap({ key, message }: WatchState['settings'][number]): Blind {
  return { what: `Setting ${key}`, why: message, rules: [] };
}
