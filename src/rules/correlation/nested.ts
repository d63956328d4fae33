/** Matches as parts of other matches: their ids, evidence, field values and group keys. */
import { createHash } from 'node:crypto';
import type { Hit, Scalar } from '../schema.ts';
import { combinations } from './counting.ts';
import { content } from './packing.ts';
import { type Chain, GENERATED_WINDOW, type WindowPlan } from './plan.ts';
import { compareText, type Episode, type Point, type Run } from './window.ts';

/** Separates the values of several group-by fields in a group's key. */
export const KEY_SEPARATOR = '\u0000';

/** The field that says whose hit it is. */
const PERSON = 'postern.person';

/** True for a match, false for a hit. */
export function isEpisode(of: Hit | Episode): of is Episode {
  return 'evidence' in of;
}

/** The values of a field at a point. A match has those of its group, else all those of its parts. */
export function valuesOf(of: Hit | Episode, field: string): readonly Scalar[] {
  if (!isEpisode(of)) return present(of.fields[field]);
  const own = of.group[field];
  if (own !== undefined) return [own];
  return [...new Set(of.parts.flatMap((part) => valuesOf(part.of, field)))];
}

function present(value: Scalar | readonly Scalar[] | undefined): readonly Scalar[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value !== 'object') return [value];
  return value.filter((element) => element !== null && element !== '');
}

/** Keys of the groups that a hit or match of `rule` belongs to; none where a group-by field is missing. */
export function keysOf(window: WindowPlan, rule: string, of: Hit | Episode): readonly string[] {
  const fields = window.rules.get(rule);
  if (!fields) return [];
  // One group per person and action: a cap must not thin out conclusions.
  if (window.id === GENERATED_WINDOW && !isEpisode(of)) {
    return [[of.fields[PERSON] ?? '', of.source, of.action].join(KEY_SEPARATOR)];
  }
  if (fields.length === 0) return [''];
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && !isEpisode(of)) {
    // The common case, and it keeps the key the same string object as the hit's value.
    const value = of.fields[only];
    if (typeof value === 'string' && value !== '') return [value];
  }
  return combinations(fields.map((field) => valuesOf(of, field)));
}

/** The person whose group it is: where the person is grouped by, under no alias. Undefined = it can hold several. */
export function personIn(window: WindowPlan, key: string): string | undefined {
  if (window.id === GENERATED_WINDOW) return key.split(KEY_SEPARATOR)[0] || undefined;
  const index = window.groupBy.indexOf(PERSON);
  if (index < 0 || [...window.rules.values()].some((fields) => fields[index] !== PERSON)) return undefined;
  return key.split(KEY_SEPARATOR)[index] || undefined;
}

/** The key of the group with these values. */
export function keyOfGroup(window: WindowPlan, group: Readonly<Record<string, string>>): string {
  return window.groupBy.map((name) => group[name] ?? '').join(KEY_SEPARATOR);
}

/** A group's values by group-by name. */
export function groupOf(window: WindowPlan, key: string): Readonly<Record<string, string>> {
  const values = key.split(KEY_SEPARATOR);
  return Object.fromEntries(window.groupBy.map((name, index) => [name, values[index] ?? '']));
}

/** Makes a match of what one run of windows holds. */
export function toEpisode(
  chain: Chain,
  group: Readonly<Record<string, string>>,
  run: Run,
  isCut: (from: number, to: number) => boolean,
): Episode {
  const evidence = evidenceOf(run.parts);
  const nestedCut = run.parts.some(({ of }) => isEpisode(of) && of.cut);
  return {
    rule: chain.rule.name,
    group,
    id: hash([chain.rule.name, ...Object.entries(group).flat(), run.parts[0]?.id ?? '', String(run.parts[0]?.at)]),
    parts: run.parts,
    moments: [...new Set(run.moments.map((point) => point.at))],
    evidence,
    start: run.start,
    end: run.end,
    cut: nestedCut || isCut(run.start, run.end),
  };
}

/** The points that a match is to chains above it: one per instant at which it was complete. */
export function pointsOf(episode: Episode): Point[] {
  return episode.moments.map((at) => ({ at, rule: episode.rule, id: episode.id, of: episode }));
}

function evidenceOf(parts: readonly Point[]): Hit[] {
  const hits = new Map<string, Hit>();
  for (const { of } of parts) {
    for (const hit of isEpisode(of) ? of.evidence : [of]) {
      const key = JSON.stringify([hit.rule, hit.source, hit.recordId, hit.at]);
      const known = hits.get(key);
      // One record can reach a match by two ways; of two readings of it the one that sorts first tells.
      if (!known || compareText(content(hit), content(known)) < 0) hits.set(key, hit);
    }
  }
  return [...hits.values()].sort(compareHits);
}

/** Order of evidence: time, record id, rule, source. */
export function compareHits(a: Hit, b: Hit): number {
  return (
    a.at - b.at || compareText(a.recordId, b.recordId) || compareText(a.rule, b.rule) || compareText(a.source, b.source)
  );
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join(KEY_SEPARATOR)).digest('hex').slice(0, 32);
}
