/**
 * Findings that were concluded now against those that are stored: which are new, revised, joined with others, or taken
 * back. Pure, but for reading a stored finding whose evidence is partly forgotten.
 */
import { type Finding, OUTCOMES, type Outcome, type Signal } from '../model/finding.ts';
import { contentId } from '../rules/campaigns.ts';
import { EPISODE_GAP_MS, type GradedFinding } from '../rules/outcome.ts';
import type { StoredFinding } from './stored-finding.ts';
import type { FindingNote } from './unit-state.ts';

/** A finding that is to be written and told. */
export interface FindingChange {
  readonly stored: StoredFinding;
  readonly change: 'new' | 'revised' | 'withdrawn';
}

/** What becomes of one person's findings. */
export interface FindingChanges {
  readonly notes: readonly FindingNote[];
  readonly changes: readonly FindingChange[];
  /** Ids of findings that have become part of another one: their rows go. */
  readonly joined: readonly string[];
}

/** What comparing needs. */
export interface CompareOptions {
  readonly now: Date;
  /** Evidence before this is no longer held, epoch ms. */
  readonly horizon: number;
  /** The outcome that may be told of these chains; undefined = all of them are staged. */
  readonly tellOf: (chains: readonly string[]) => Outcome | undefined;
  /** A stored finding. */
  readonly read: (id: string) => Promise<StoredFinding | undefined>;
}

/** `fresh` in order of first evidence. */
export async function compareFindings(
  notes: readonly FindingNote[],
  fresh: readonly GradedFinding[],
  options: CompareOptions,
): Promise<FindingChanges> {
  const owners = assign(notes, fresh);
  const result = { notes: [] as FindingNote[], changes: [] as FindingChange[], joined: [] as string[] };
  const current = new Set(fresh.map(({ id }) => id));
  for (const finding of fresh) {
    const own = owners.get(finding.id) ?? [];
    // An id that has become part of another finding can come back when that one falls apart: its count goes on.
    const past = notes.filter(({ formerIds }) => formerIds.includes(finding.id));
    await settle(finding, { own, past, current }, options, result);
  }
  const kept = new Set([...owners.values()].flat());
  for (const note of notes.filter((each) => !kept.has(each))) await takeBack(note, options, result);
  result.notes.sort((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1));
  return result;
}

interface Changes {
  readonly notes: FindingNote[];
  readonly changes: FindingChange[];
  readonly joined: string[];
}

/** Stored findings by the id of the fresh one that they are continued by: of the same id, else of the same episode. */
function assign(notes: readonly FindingNote[], fresh: readonly GradedFinding[]): Map<string, FindingNote[]> {
  const owners = new Map<string, FindingNote[]>();
  for (const note of notes) {
    const owner = fresh.find(({ id }) => id === note.id) ?? fresh.find((finding) => isOneEpisode(note, finding));
    if (owner) owners.set(owner.id, [...(owners.get(owner.id) ?? []), note]);
  }
  return owners;
}

function isOneEpisode(note: FindingNote, { first, last }: Finding): boolean {
  return note.first - EPISODE_GAP_MS <= last.getTime() && first.getTime() - EPISODE_GAP_MS <= note.last;
}

/** What was stored of a fresh finding. */
interface Before {
  readonly own: readonly FindingNote[];
  /** Findings that it was part of. */
  readonly past: readonly FindingNote[];
  /** Ids of all fresh findings. */
  readonly current: ReadonlySet<string>;
}

async function settle(
  fresh: GradedFinding,
  { own: before, past, current }: Before,
  options: CompareOptions,
  result: Changes,
): Promise<void> {
  const finding = await withForgotten(fresh, before, options);
  const known = before.find(({ id }) => id === finding.id);
  const joined = before.filter((note) => note !== known);
  const tell = options.tellOf(finding.chains);
  if (known && joined.length === 0 && isSame(known, finding, tell)) {
    result.notes.push(known);
    return;
  }
  const formerIds = [...new Set(before.flatMap(({ id, formerIds }) => [id, ...formerIds]))]
    .filter((id) => id !== finding.id && !current.has(id))
    .sort();
  const createdAt = before.reduce((least, note) => Math.min(least, note.createdAt), options.now.getTime());
  const stored: StoredFinding = {
    finding: toValue(finding),
    formerIds,
    state: 'open',
    ...(tell && { tell }),
    version: 1 + Math.max(0, ...[...before, ...past].map(({ version }) => version)),
    createdAt: new Date(createdAt),
    changedAt: options.now,
  };
  result.notes.push(noteOf(stored));
  result.changes.push({ stored, change: before.length === 0 ? 'new' : 'revised' });
  result.joined.push(...joined.map(({ id }) => id));
}

function isSame(known: FindingNote, { revision, ties }: GradedFinding, tell: Outcome | undefined): boolean {
  return (
    known.state === 'open' &&
    known.revision === revision &&
    known.tell === tell &&
    known.ties.join('\n') === ties.join('\n')
  );
}

/**
 * A stored finding that nothing concludes any more. It is taken back only if all of its evidence is still held: what was
 * concluded from evidence that is forgotten by now stays true.
 */
async function takeBack(note: FindingNote, { now, horizon, read }: CompareOptions, result: Changes): Promise<void> {
  if (note.state === 'withdrawn' || note.first < horizon) {
    result.notes.push(note);
    return;
  }
  const known = await read(note.id);
  if (!known) return;
  const stored: StoredFinding = { ...known, state: 'withdrawn', version: note.version + 1, changedAt: now };
  result.notes.push(noteOf(stored));
  result.changes.push({ stored, change: 'withdrawn' });
}

/** The finding with what stored ones of its episode had from evidence that is forgotten by now; under the id of the earliest. */
async function withForgotten(
  fresh: GradedFinding,
  before: readonly FindingNote[],
  { horizon, read }: CompareOptions,
): Promise<GradedFinding> {
  const [earliest] = before.filter(({ id, first }) => first < horizon && id !== fresh.id);
  const old = earliest && (await read(earliest.id));
  if (!old) return fresh;
  const forgotten = old.finding.evidence.filter(({ at }) => at.getTime() < horizon);
  const evidence: readonly Signal[] = [...forgotten, ...fresh.evidence];
  const body = {
    person: fresh.person,
    accounts: [...new Set([...old.finding.accounts, ...fresh.accounts])].sort(),
    outcome: higher(OUTCOMES, old.finding.outcome, fresh.outcome),
    level: higher(LEVELS, old.finding.level, fresh.level),
    chains: [...new Set([...old.finding.chains, ...fresh.chains])],
    first: old.finding.first,
    last: fresh.last,
    evidence,
    attempts: new Set(evidence.flatMap(({ flow }) => flow ?? [])).size,
    changes: [...new Set([...old.finding.changes, ...fresh.changes])],
    techniques: [...new Set([...old.finding.techniques, ...fresh.techniques])].sort(),
    cut: old.finding.cut || fresh.cut,
  };
  const ties = [...new Set([...old.finding.ties, ...fresh.ties])].sort();
  return { id: old.finding.id, revision: contentId([JSON.stringify(body)]), ...body, ties };
}

const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;

function higher<Word extends string>(order: readonly Word[], a: Word, b: Word): Word {
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

function noteOf({ finding, formerIds, state, tell, version, createdAt }: StoredFinding): FindingNote {
  const { id, revision, ties, first, last } = finding;
  const times = { first: first.getTime(), last: last.getTime(), createdAt: createdAt.getTime() };
  return { id, revision, ties, ...times, state, formerIds, version, ...(tell && { tell }) };
}

/** Copies, because what is stored is plain and mutable. */
function toValue({ campaign: _, ...finding }: GradedFinding): StoredFinding['finding'] {
  const { accounts, chains, evidence, changes, techniques, ties } = finding;
  return {
    ...finding,
    accounts: [...accounts],
    chains: [...chains],
    evidence: evidence.map((signal) => ({ ...signal })),
    changes: [...changes],
    techniques: [...techniques],
    ties: [...ties],
  };
}
