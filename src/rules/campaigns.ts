/**
 * Which findings of several persons belong to one campaign: those that cross-person rules tie together, transitively.
 *
 * A function of the set of findings, so the live watch, which concludes person by person, ends in the same campaigns as
 * a scan that sees everything at once.
 */
import { createHash } from 'node:crypto';
import type { Campaign, Finding } from '../model/finding.ts';
import type { Match } from './correlate.ts';
import { compareText } from './correlation/window.ts';
import { totals } from './totals.ts';

/** What campaigns need of a finding; `ties` are the names of what ties it to findings of other persons. */
export interface TiedFinding extends Pick<Finding, 'id' | 'person' | 'outcome' | 'first' | 'last' | 'attempts'> {
  readonly ties: readonly string[];
}

/**
 * What ties together all who take part in a cross-person match, as text: its rule and its group, not its evidence. So it
 * stays the same while the match grows, and what one origin does again later is the same campaign.
 */
export function tieOf({ rule, group }: Pick<Match, 'rule' | 'group'>): string {
  return JSON.stringify([rule, ...Object.entries(group).flat()]);
}

/** Campaigns in order of first evidence; `ties` are texts of `tieOf`. A tie that only one person's findings have makes none. */
export function toCampaigns(findings: readonly TiedFinding[]): readonly Campaign[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const sets = createSets();
  const membersOf = new Map<string, string[]>();
  for (const { id, ties } of findings) {
    for (const tie of ties) {
      const members = membersOf.get(tie);
      if (members) members.push(id);
      else membersOf.set(tie, [id]);
    }
  }
  const origins = new Map<string, Set<string>>();
  for (const [tie, members] of membersOf) {
    const [first] = members;
    if (first === undefined || new Set(members.map((id) => byId.get(id)?.person)).size < 2) continue;
    for (const id of members) sets.unite(id, first);
    for (const origin of originsOf(tie)) origins.set(origin, (origins.get(origin) ?? new Set()).add(first));
  }
  const originsByRoot = new Map<string, string[]>();
  for (const [origin, ids] of origins) {
    for (const top of new Set([...ids].map(sets.rootOf)))
      originsByRoot.set(top, [...(originsByRoot.get(top) ?? []), origin]);
  }
  return [...Map.groupBy(sets.members(), sets.rootOf)]
    .map(([top, ids]) =>
      toCampaign(
        ids.flatMap((id) => byId.get(id) ?? []),
        originsByRoot.get(top) ?? [],
      ),
    )
    .sort(compareFindings);
}

/** In order of first evidence, ties by id. For campaigns as well. */
export function compareFindings(a: Pick<Finding, 'first' | 'id'>, b: Pick<Finding, 'first' | 'id'>): number {
  return a.first.getTime() - b.first.getTime() || compareText(a.id, b.id);
}

/** Sixteen hexadecimal digits that follow from `parts`: an id that is the same in every run. */
export function contentId(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
}

/** Disjoint sets of ids. */
function createSets() {
  const parent = new Map<string, string>();
  function rootOf(id: string): string {
    let top = id;
    for (let next = parent.get(top); next !== undefined && next !== top; next = parent.get(top)) top = next;
    parent.set(id, top);
    return top;
  }
  return {
    rootOf,
    unite: (a: string, b: string): void => void parent.set(rootOf(a), rootOf(b)),
    members: (): readonly string[] => [...parent.keys()],
  };
}

function toCampaign(members: readonly TiedFinding[], origins: readonly string[]): Campaign {
  const ordered = [...members].sort(compareFindings);
  return {
    id: contentId(['campaign', ordered[0]?.id ?? '']),
    origins: [...origins].sort(),
    findings: ordered.map((finding) => finding.id),
    first: new Date(Math.min(...members.map((finding) => finding.first.getTime()))),
    last: new Date(Math.max(...members.map((finding) => finding.last.getTime()))),
    ...totals(members),
  };
}

/** What those that a tie joins share, in words; keyed hashes are named but not printed. */
function originsOf(tie: string): string[] {
  const [, ...group] = JSON.parse(tie) as string[];
  return group.flatMap((path, index) => {
    if (index % 2 === 1) return [];
    const name = path.split('.').at(-1) ?? path;
    return path.startsWith('postern.contact.') ? 'the same recovery phone or address' : `${name} ${group[index + 1]}`;
  });
}
