/**
 * What is concluded from a batch: the units that it touches are loaded, the rules' chains evaluated over their hits, and
 * what a cross-person group concludes is handed to the persons that it names.
 *
 * A function of the units' states and the batch. Nothing is written here, so that a conflict can throw it all away.
 */
import { createHash } from 'node:crypto';
import { canCount } from '../record-event.ts';
import { type Correlator, createCorrelator, type Match, type WindowRef } from '../rules/correlate.ts';
import { compareHits } from '../rules/correlation/nested.ts';
import type { GradingRules, PersonMatch } from '../rules/outcome.ts';
import type { Hit, RuleSet } from '../rules/schema.ts';
import type { Arrival } from './batch.ts';
import {
  addToGroup,
  createScope,
  type GroupDraft,
  hasNews,
  type PersonDraft,
  recognizedHits,
  type Scope,
} from './evaluation-scope.ts';
import type { StateCache } from './state-cache.ts';
import { groupKey, hashOfGroup, hitKey, idIn, personKey, personOf } from './unit-state.ts';

/** What is to be taken in and looked at. */
export interface Work {
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
  readonly hits: ReadonlyMap<string, readonly Hit[]>;
  /** Row keys of units to evaluate although nothing new is known of them: an absence fell due. */
  readonly units: readonly string[];
}

/** What an evaluation needs. */
export interface EvaluationOptions {
  readonly states: StateCache;
  readonly ruleSet: RuleSet;
  readonly grading: GradingRules;
  readonly isEnrolled: (person: string) => boolean;
  /** Decides absences, epoch ms. */
  readonly decideAt: number;
  /** Hits before this are forgotten, epoch ms. */
  readonly horizon: number;
}

/** What a group concludes about the persons that it names. */
export interface GroupConclusion {
  readonly draft: GroupDraft;
  readonly matches: ReadonlyMap<string, readonly PersonMatch[]>;
  readonly digests: ReadonlyMap<string, string>;
  /** Persons about whom it concludes something else than before. */
  readonly changed: ReadonlySet<string>;
}

/** What an evaluation found. */
export interface Evaluation {
  readonly scope: Scope;
  readonly correlator: Correlator;
  /** Row keys of the units that were evaluated. */
  readonly entered: ReadonlySet<string>;
  /** By hash, of the groups that were evaluated. */
  readonly groups: ReadonlyMap<string, GroupConclusion>;
  /** Matches in a person's own groups, by person. */
  readonly own: ReadonlyMap<string, readonly Match[]>;
  /** Row key → row keys of units whose matches are points in it. Only of units that were evaluated. */
  readonly from: ReadonlyMap<string, ReadonlySet<string>>;
  /** The instant that decided absences, epoch ms. */
  readonly decidedAt: number;
}

/** Units can bring each other in, as chains of chains do over persons; real rules end after two or three rounds. */
const MOST_ROUNDS = 50;

/** Evaluates. Reads what it needs through `states`. */
export async function evaluate(work: Work, options: EvaluationOptions): Promise<Evaluation> {
  const correlator = createCorrelator(options.ruleSet, { signalsConclude: false });
  const scope = createScope({ ...options, correlator });
  const touched = new Set(work.units);
  await takeIn(work, scope, options.states, touched);
  const entered = new Set<string>();
  let found: Found = { groups: new Map(), own: new Map(), from: new Map() };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (!(await enterAll(touched, entered, scope, correlator))) break;
    found = conclude(entered, scope, correlator, options.decideAt);
    await scope.loadGroups(found.refs ?? []);
    for (const key of found.concerned ?? []) touched.add(key);
  }
  return { scope, correlator, entered, ...found, decidedAt: options.decideAt };
}

interface Found extends Pick<Evaluation, 'groups' | 'own' | 'from'> {
  /** Groups that have matches of others as points. */
  readonly refs?: readonly WindowRef[];
  /** Row keys of units that must be evaluated, too. */
  readonly concerned?: ReadonlySet<string>;
}

/** Loads whom the batch concerns, gives hits to their groups, and notes which units that changes. */
async function takeIn(work: Work, scope: Scope, states: StateCache, touched: Set<string>): Promise<void> {
  const news = [...work.arrivals].filter(([id, arrivals]) => hasNews(states.peek(id), arrivals)).map(([id]) => id);
  const ids = new Set([...work.hits.keys(), ...news]);
  await scope.load([...ids, ...work.units.filter((key) => key.startsWith('person:')).map(idIn)]);
  for (const key of work.units) if (key.startsWith('window:')) await scope.loadGroup(idIn(key));
  const meetings: (readonly [Hit, PersonDraft, readonly WindowRef[]])[] = [];
  for (const id of ids) {
    const hits = work.hits.get(id) ?? [];
    const draft = scope.takeIn(id, work.arrivals.get(id) ?? [], hits);
    if (!draft) continue;
    const recognized = recognizedHits(draft);
    if (draft.hasNewHits || recognized.length > 0) touched.add(draft.before.key);
    const possible = hits.filter((hit) => hit.at >= scope.horizon && canCount(hit, draft.places));
    for (const hit of [...possible, ...recognized]) meetings.push([hit, draft, scope.meetingsOf(hit)]);
    for (const hit of recognized) for (const ref of scope.meetingsOf(hit)) draft.after.add(groupKey(hashOfGroup(ref)));
  }
  await scope.loadGroups(meetings.flatMap(([, , refs]) => refs));
  for (const [hit, person, refs] of meetings) {
    for (const ref of refs) {
      const draft = scope.groups.get(hashOfGroup(ref));
      if (draft) addToGroup(draft, hit, person);
    }
  }
  for (const { isNew, unconfirmed, before } of scope.groups.values())
    if (isNew || unconfirmed.size > 0) touched.add(before.key);
}

/** Puts the hits of units into the correlator, with all units that their matches depend on. True when there were any. */
async function enterAll(
  touched: Set<string>,
  entered: Set<string>,
  scope: Scope,
  correlator: Correlator,
): Promise<boolean> {
  let any = false;
  // Entering a unit can touch more units; a Set is iterated up to what was added meanwhile.
  for (const key of touched) {
    if (entered.has(key)) continue;
    const id = idIn(key);
    await (key.startsWith('person:') ? scope.load([id]) : scope.loadGroup(id));
    const unit = key.startsWith('person:') ? scope.persons.get(id) : scope.groups.get(id);
    if (!unit) continue;
    entered.add(key);
    any = true;
    if ('places' in unit) enterPerson(unit, correlator);
    else enterGroup(unit, correlator);
    for (const other of unit.before.from) touched.add(other);
    for (const other of unit.before.into) touched.add(other);
  }
  return any;
}

function enterPerson({ before, hits, cuts }: PersonDraft, correlator: Correlator): void {
  const groups = new Map<string, { ref: WindowRef; hits: Hit[] }>();
  for (const hit of [...hits.values()].sort(compareHits)) {
    for (const ref of correlator.windowsOf(hit)) {
      if (correlator.personOf(ref) !== before.id) continue;
      const name = `${ref.window}\n${ref.key}`;
      const group = groups.get(name);
      if (group) group.hits.push(hit);
      else groups.set(name, { ref, hits: [hit] });
    }
  }
  for (const group of groups.values()) correlator.fill(group.ref, group.hits, cuts);
}

function enterGroup({ before, hits }: GroupDraft, correlator: Correlator): void {
  correlator.fill(before.ref, [...hits.values()].sort(compareHits), before.cuts);
}

function conclude(entered: ReadonlySet<string>, scope: Scope, correlator: Correlator, decideAt: number): Found {
  const own = new Map<string, Match[]>();
  const shared = new Map<string, Match[]>();
  const query = { now: decideAt, history: () => undefined, familiarity: scope.familiarity };
  for (const match of correlator.matches(query)) {
    const ref = correlator.groupOf(match);
    const person = correlator.personOf(ref);
    const [lists, key] = person === undefined ? [shared, hashOfGroup(ref)] : [own, person];
    const list = lists.get(key);
    if (list) list.push(match);
    else lists.set(key, [match]);
  }
  const groups = new Map(
    [...scope.groups]
      .filter(([, { before }]) => entered.has(before.key))
      .map(([hash, draft]) => [hash, concludeGroup(draft, shared.get(hash) ?? [])]),
  );
  const { from, refs } = nesting(correlator);
  const concerned = new Set([...from].flatMap(([key, others]) => [key, ...others]));
  for (const { changed, draft } of groups.values())
    for (const id of [...changed, ...draft.unconfirmed]) concerned.add(personKey(id));
  return { groups, own, from, refs, concerned };
}

/** What each person has of the matches of a group. */
function concludeGroup(draft: GroupDraft, matches: readonly Match[]): GroupConclusion {
  const byPerson = new Map<string, PersonMatch[]>();
  for (const match of matches) {
    const parts = Map.groupBy(match.evidence, personOf);
    for (const [id, evidence] of parts) {
      const part: PersonMatch = { ...match, evidence, shared: parts.size > 1 };
      const list = byPerson.get(id);
      if (list) list.push(part);
      else byPerson.set(id, [part]);
    }
  }
  const digests = new Map([...byPerson].map(([id, parts]) => [id, digestOf(parts)]));
  const { told } = draft.before;
  const all = new Set([...digests.keys(), ...told.keys()]);
  const changed = new Set([...all].filter((id) => digests.get(id) !== told.get(id)));
  return { draft, matches: byPerson, digests, changed };
}

function digestOf(matches: readonly PersonMatch[]): string {
  const text = matches.map(({ rule, group, cut, shared, evidence }) => [
    rule,
    group,
    cut,
    shared,
    evidence.map(hitKey),
  ]);
  return createHash('sha256').update(JSON.stringify(text)).digest('base64url').slice(0, 8);
}

/** Which units have matches of which others as points, units of one and the same person aside. */
function nesting(correlator: Correlator): { from: Map<string, Set<string>>; refs: WindowRef[] } {
  const from = new Map<string, Set<string>>();
  const refs: WindowRef[] = [];
  for (const { ref, from: origins } of correlator.nested()) {
    const key = unitKeyOf(correlator, ref);
    const others = origins.map((origin) => unitKeyOf(correlator, origin)).filter((other) => other !== key);
    if (others.length === 0) continue;
    from.set(key, new Set([...(from.get(key) ?? []), ...others]));
    if (correlator.personOf(ref) === undefined) refs.push(ref);
  }
  return { from, refs };
}

/** Row key of the unit that keeps a group. */
export function unitKeyOf(correlator: Pick<Correlator, 'personOf'>, ref: WindowRef): string {
  const person = correlator.personOf(ref);
  return person === undefined ? groupKey(hashOfGroup(ref)) : personKey(person);
}
