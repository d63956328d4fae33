/**
 * From matches of chains to findings and campaigns: who was identified, attacked or compromised.
 *
 * Everything here is a function of the set of matches, so findings are the same whatever order records arrived in.
 */
import { createHash } from 'node:crypto';
import { type Campaign, type Finding, OUTCOMES, type Outcome, type Signal } from '../model/finding.ts';
import type { Match } from './correlate.ts';
import type { Hit, Level, Scalar } from './schema.ts';

/** What grading must know of a chain. */
export interface ChainFacts {
  readonly outcome: Outcome;
  readonly level: Level;
  /** MITRE technique ids, as `T1078.004`. */
  readonly techniques: readonly string[];
}

/** What grading must know of a signal's rule. */
export interface SignalFacts {
  readonly title: string;
  readonly level: Level;
  /** A clause; `{gate}` holes are filled from the hit's field whose last segment has that name. */
  readonly story: string;
  readonly change?: string;
}

/** The rules that grading looks things up in, by name. */
export interface GradingRules {
  readonly chain: (name: string) => ChainFacts | undefined;
  readonly signal: (name: string) => SignalFacts | undefined;
}

/**
 * Matches of one person that lie closer than this belong to one episode: one finding, not several.
 * Three days: long enough for a weekend between probe and attack, short enough that a new wave is new.
 */
export const EPISODE_GAP_MS = 72 * 3600_000;

const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];

interface Part {
  readonly chain: string;
  readonly match: Match;
  readonly hits: readonly Hit[];
  readonly first: number;
  readonly last: number;
}

/** Findings in order of first evidence, and the campaigns that tie them together. */
export function grade(
  matches: readonly Match[],
  rules: GradingRules,
): { readonly findings: readonly Finding[]; readonly campaigns: readonly Campaign[] } {
  const byPerson = new Map<string, Part[]>();
  for (const match of matches) {
    if (!rules.chain(match.rule)) continue;
    for (const [person, hits] of groupByPerson(match.evidence)) {
      const part = { chain: match.rule, match, hits, first: firstAt(hits), last: lastAt(hits) };
      const parts = byPerson.get(person);
      if (parts) parts.push(part);
      else byPerson.set(person, [part]);
    }
  }
  const findings: Finding[] = [];
  const membersOf = new Map<Match, Set<string>>();
  for (const [person, parts] of byPerson) {
    for (const episode of episodes(parts)) {
      const finding = toFinding(person, episode, rules);
      findings.push(finding);
      for (const { match } of episode) {
        const members = membersOf.get(match);
        if (members) members.add(finding.id);
        else membersOf.set(match, new Set([finding.id]));
      }
    }
  }
  const campaigns = toCampaigns(findings, membersOf);
  const campaignOf = new Map(campaigns.flatMap((campaign) => campaign.findings.map((id) => [id, campaign.id])));
  const placed = findings.map((finding) => {
    const campaign = campaignOf.get(finding.id);
    return campaign ? { ...finding, campaign } : finding;
  });
  placed.sort((a, b) => a.first.getTime() - b.first.getTime() || compareText(a.id, b.id));
  return { findings: placed, campaigns };
}

/** Totals over findings in the words of the reference campaign; a person counts once, by the worst outcome. */
export function totals(findings: readonly Finding[]): {
  attempts: number;
  identified: number;
  attacked: number;
  compromised: number;
} {
  const worst = new Map<string, number>();
  for (const finding of findings) {
    worst.set(finding.person, Math.max(worst.get(finding.person) ?? 0, OUTCOMES.indexOf(finding.outcome)));
  }
  const atLeast = (outcome: Outcome) => [...worst.values()].filter((rank) => rank >= OUTCOMES.indexOf(outcome)).length;
  return {
    attempts: findings.reduce((sum, finding) => sum + finding.attempts, 0),
    identified: atLeast('identified'),
    attacked: atLeast('attacked'),
    compromised: atLeast('compromised'),
  };
}

function groupByPerson(hits: readonly Hit[]): Map<string, Hit[]> {
  const groups = new Map<string, Hit[]>();
  for (const hit of hits) {
    const person = text(hit.fields['postern.person']);
    if (!person) continue;
    const group = groups.get(person);
    if (group) group.push(hit);
    else groups.set(person, [hit]);
  }
  return groups;
}

/** Splits a person's parts where nothing happened for `EPISODE_GAP_MS`. */
function episodes(parts: Part[]): Part[][] {
  parts.sort((a, b) => a.first - b.first || a.last - b.last || compareText(a.chain, b.chain));
  const result: Part[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const part of parts) {
    const current = result.at(-1);
    if (current && part.first - end <= EPISODE_GAP_MS) current.push(part);
    else result.push([part]);
    end = current && part.first - end <= EPISODE_GAP_MS ? Math.max(end, part.last) : part.last;
  }
  return result;
}

function toFinding(person: string, episode: readonly Part[], rules: GradingRules): Finding {
  const chains = [...new Set(episode.map((part) => part.chain))];
  const facts = chains.flatMap((name) => rules.chain(name) ?? []);
  const hits = eachActionOnce(
    episode.flatMap((part) => part.hits),
    rules,
  );
  const evidence = hits.map((hit) => toSignal(hit, person, rules));
  const flows = new Set(evidence.flatMap((signal) => signal.flow ?? []));
  const body = {
    person,
    accounts: [...new Set(evidence.map((signal) => signal.account))].sort(),
    outcome: strongest(facts.map((fact) => fact.outcome)),
    level: highest(facts.map((fact) => fact.level)),
    chains,
    first: evidence[0]?.at ?? new Date(0),
    last: evidence.at(-1)?.at ?? new Date(0),
    evidence,
    attempts: flows.size,
    changes: [...new Set(hits.flatMap((hit) => changeOf(hit, rules)))],
    techniques: [...new Set(facts.flatMap((fact) => fact.techniques))].sort(),
    cut: episode.some((part) => part.match.cut),
  };
  return { id: hash([person, evidence[0]?.recordId ?? '']), revision: hash([JSON.stringify(body)]), ...body };
}

/** One hit per action: of several rules that saw the same record, the one with the highest level tells it best. */
function eachActionOnce(hits: readonly Hit[], rules: GradingRules): Hit[] {
  const rank = (hit: Hit) => LEVELS.indexOf(rules.signal(hit.rule)?.level ?? 'informational');
  const best = new Map<string, Hit>();
  for (const hit of hits) {
    const key = `${hit.source} ${hit.action}`;
    const known = best.get(key);
    if (!known || rank(hit) > rank(known) || (rank(hit) === rank(known) && compareText(hit.rule, known.rule) < 0)) {
      best.set(key, hit);
    }
  }
  return [...best.values()].sort((a, b) => a.at - b.at || compareText(a.recordId, b.recordId));
}

function toSignal(hit: Hit, person: string, rules: GradingRules): Signal {
  const facts = rules.signal(hit.rule);
  const flow = text(hit.fields['postern.recovery.flow']);
  const { ip, network, country, client } = hit.place;
  return {
    rule: hit.rule,
    title: facts?.title ?? hit.rule,
    recordId: hit.recordId,
    source: hit.source,
    at: new Date(hit.at),
    person,
    account: text(hit.fields['postern.account']) ?? person,
    story: fillHoles(facts?.story ?? facts?.title ?? hit.rule, hit),
    ...(ip && { ip }),
    ...(network && { network }),
    ...(country && { country }),
    ...(client && { client }),
    ...(flow && { flow }),
  };
}

function changeOf(hit: Hit, rules: GradingRules): string[] {
  const change = rules.signal(hit.rule)?.change;
  return change ? [fillHoles(change, hit)] : [];
}

/** Replaces `{name}` by the hit's field whose path ends in `.name`; underscores read as blanks. */
function fillHoles(sentence: string, hit: Hit): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    const path = Object.keys(hit.fields).find((key) => key.endsWith(`.${name}`));
    const value = path === undefined ? undefined : hit.fields[path];
    return [value ?? 'unknown'].flat().join(', ').replaceAll('_', ' ');
  });
}

/** Findings of several persons that one match ties together, transitively. */
function toCampaigns(findings: readonly Finding[], membersOf: ReadonlyMap<Match, ReadonlySet<string>>): Campaign[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    let top = id;
    for (let next = parent.get(top); next !== undefined && next !== top; next = parent.get(top)) top = next;
    parent.set(id, top);
    return top;
  };
  const origins = new Map<string, Set<string>>();
  for (const [match, members] of membersOf) {
    const ids = [...members].sort();
    const persons = new Set(ids.map((id) => byId.get(id)?.person));
    const [first] = ids;
    if (first === undefined || persons.size < 2) continue;
    for (const id of ids) parent.set(root(id), root(first));
    for (const origin of originsOf(match)) origins.set(origin, (origins.get(origin) ?? new Set()).add(first));
  }
  const groups = Map.groupBy([...parent.keys()].sort(), root);
  const originsByRoot = new Map<string, string[]>();
  for (const [origin, ids] of origins) {
    for (const top of new Set([...ids].map(root))) originsByRoot.set(top, [...(originsByRoot.get(top) ?? []), origin]);
  }
  return [...groups.entries()]
    .map(([top, ids]) =>
      toCampaign(
        ids.flatMap((id) => byId.get(id) ?? []),
        originsByRoot.get(top) ?? [],
      ),
    )
    .sort((a, b) => a.first.getTime() - b.first.getTime() || compareText(a.id, b.id));
}

function toCampaign(members: readonly Finding[], origins: readonly string[]): Campaign {
  const first = Math.min(...members.map((finding) => finding.first.getTime()));
  const ordered = [...members].sort((a, b) => a.first.getTime() - b.first.getTime() || compareText(a.id, b.id));
  return {
    id: hash(['campaign', ordered[0]?.id ?? '']),
    origins: [...origins].sort(),
    findings: ordered.map((finding) => finding.id),
    first: new Date(first),
    last: new Date(Math.max(...members.map((finding) => finding.last.getTime()))),
    ...totals(members),
  };
}

/** What the members of a cross-person match share, in words; keyed hashes are named but not printed. */
function originsOf(match: Match): string[] {
  return Object.entries(match.group).map(([path, value]) => {
    const name = path.split('.').at(-1) ?? path;
    return path.startsWith('postern.contact.') ? 'the same recovery phone or address' : `${name} ${value}`;
  });
}

function firstAt(hits: readonly Hit[]): number {
  return hits.reduce((min, hit) => Math.min(min, hit.at), Number.POSITIVE_INFINITY);
}

function lastAt(hits: readonly Hit[]): number {
  return hits.reduce((max, hit) => Math.max(max, hit.at), Number.NEGATIVE_INFINITY);
}

function strongest(outcomes: readonly Outcome[]): Outcome {
  return OUTCOMES[Math.max(0, ...outcomes.map((outcome) => OUTCOMES.indexOf(outcome)))] ?? 'identified';
}

function highest(levels: readonly Level[]): Level {
  return LEVELS[Math.max(0, ...levels.map((level) => LEVELS.indexOf(level)))] ?? 'informational';
}

function text(value: Scalar | readonly Scalar[] | undefined): string | undefined {
  const [first] = [value ?? null].flat();
  return first === null || first === undefined || first === '' ? undefined : String(first);
}

/** Code-point order: the same on every machine, unlike locale order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
}
