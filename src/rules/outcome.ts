/**
 * From matches of chains to findings and campaigns: who was identified, attacked or compromised.
 *
 * Everything here is a function of the set of matches, so findings are the same whatever order records arrived in.
 */
import { type Campaign, type Finding, OUTCOMES, type Outcome, type Signal } from '../model/finding.ts';
import { compareFindings, contentId, tieOf, toCampaigns } from './campaigns.ts';
import type { Match } from './correlate.ts';
import { compareText } from './correlation/window.ts';
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
  readonly match: PersonMatch;
  readonly hits: readonly Hit[];
  readonly first: number;
  readonly last: number;
}

/**
 * A finding with the cross-person matches that it takes part in, each as a text that is the same in the findings of all
 * who take part (`tieOf`). Empty where nothing ties the person to another one.
 */
export interface GradedFinding extends Finding {
  readonly ties: readonly string[];
}

/** A match, as far as one person needs it. */
export interface PersonMatch extends Match {
  /** For who left out the evidence of others: whether there was any. */
  readonly shared?: boolean;
}

/** Findings in order of first evidence, and the campaigns that tie them together. */
export function grade(
  matches: readonly Match[],
  rules: GradingRules,
): { readonly findings: readonly Finding[]; readonly campaigns: readonly Campaign[] } {
  const graded = [...matchesByPerson(matches)].flatMap(([person, own]) => gradePerson(person, own, rules));
  const campaigns = toCampaigns(graded);
  const campaignOf = new Map(campaigns.flatMap((campaign) => campaign.findings.map((id) => [id, campaign.id])));
  const findings = graded.map(({ ties, ...finding }) => {
    const campaign = campaignOf.get(finding.id);
    return campaign ? { ...finding, campaign } : finding;
  });
  return { findings: findings.sort(compareFindings), campaigns };
}

/**
 * The findings of one person, in order of first evidence; without `campaign`, which only all findings together tell.
 * Evidence of other persons in `matches` is left out, and matches without any of this person change nothing.
 */
export function gradePerson(
  person: string,
  matches: readonly PersonMatch[],
  rules: GradingRules,
): readonly GradedFinding[] {
  const parts = matches.flatMap((match): Part[] => {
    const hits = rules.chain(match.rule) ? match.evidence.filter((hit) => personOf(hit) === person) : [];
    return hits.length > 0 ? [{ chain: match.rule, match, hits, first: firstAt(hits), last: lastAt(hits) }] : [];
  });
  return episodes(parts)
    .map((episode) => ({ ...toFinding(person, episode, rules), ties: tiesOf(episode) }))
    .sort(compareFindings);
}

/**
 * Matches in the order given, by person. A chain that groups by person concludes about that person, also where a campaign
 * is among its steps and brings evidence of others; any other match concludes about all who have evidence in it.
 */
function matchesByPerson(matches: readonly Match[]): Map<string, Match[]> {
  const byPerson = new Map<string, Match[]>();
  for (const match of matches) {
    const owner = match.group['postern.person'];
    for (const person of owner === undefined ? personsIn(match) : [owner]) {
      const own = byPerson.get(person);
      if (own) own.push(match);
      else byPerson.set(person, [match]);
    }
  }
  return byPerson;
}

function personsIn(match: Match): ReadonlySet<string> {
  return new Set(match.evidence.flatMap((hit) => personOf(hit) ?? []));
}

function personOf(hit: Hit): string | undefined {
  return text(hit.fields['postern.person']);
}

function tiesOf(episode: readonly Part[]): string[] {
  const shared = episode.filter(({ match }) => match.shared ?? personsIn(match).size > 1);
  return [...new Set(shared.map(({ match }) => tieOf(match)))].sort();
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
  return { id: contentId([person, evidence[0]?.recordId ?? '']), revision: contentId([JSON.stringify(body)]), ...body };
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
  const gate = text(hit.fields['postern.recovery.gate']);
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
    ...(gate && { gate }),
  };
}

function changeOf(hit: Hit, rules: GradingRules): string[] {
  const change = rules.signal(hit.rule)?.change;
  return change ? [fillHoles(change, hit)] : [];
}

/** Replaces `{name}` by the hit's field whose path ends in `.name`; the underscores of our own words read as blanks. */
function fillHoles(sentence: string, hit: Hit): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    const path = Object.keys(hit.fields).find((key) => key.endsWith(`.${name}`));
    const value = path === undefined ? undefined : hit.fields[path];
    return [value ?? 'unknown']
      .flat()
      .map((one) => (/^[a-z_]+$/.test(String(one)) ? String(one).replaceAll('_', ' ') : String(one)))
      .join(', ');
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
