/**
 * The story of a record: raw record → event → person → hits → matches → findings.
 *
 * Pure: no files, no clock. `scan` feeds it from exports, the live functions from Graph; both end in the same findings.
 */
import { createDirectory } from './account-directory.ts';
import type { Campaign, Finding } from './model/finding.ts';
import type { AccountRef, LogEvent, Place, SourceName } from './model/log-event.ts';
import type { LogSource } from './model/log-source.ts';
import { accountKey, type Enrollment } from './model/person.ts';
import {
  createPlaceHistory,
  familiarity,
  mergeHistories,
  observe,
  type PlaceHistory,
  quietFrom,
} from './model/place.ts';
import { canCount, readRecord } from './record-event.ts';
import type { Correlator } from './rules/correlate.ts';
import { type GradingRules, grade } from './rules/outcome.ts';
import { asksForPlaces } from './rules/rule-set.ts';
import type { Hit, RuleSet } from './rules/schema.ts';

/** What became of one raw record. */
export type Taken =
  | { readonly kind: 'event'; readonly source: SourceName; readonly at: Date }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** A rule that failed on records, and how often. */
export interface RuleFault {
  readonly rule: string;
  readonly message: string;
  readonly count: number;
}

export interface IngestOptions {
  readonly sources: readonly LogSource[];
  readonly ruleSet: RuleSet;
  readonly correlator: Pick<Correlator, 'add' | 'matches'>;
  readonly grading: GradingRules;
  /** Finds the person of an account; accounts it does not know are each their own person. */
  readonly enrollment?: Enrollment;
  /** Events outside [since, until] still teach familiar places but are no evidence. */
  readonly since?: Date;
  readonly until?: Date;
}

/** Conclusions from everything taken so far. */
export interface Conclusions {
  readonly findings: readonly Finding[];
  readonly campaigns: readonly Campaign[];
  readonly faults: readonly RuleFault[];
  /** How often each detection rule matched, by rule name; records read twice count twice. */
  readonly hitsOf: ReadonlyMap<string, number>;
}

export interface Ingest {
  /** Takes one record in Graph's shape. Taking it again changes nothing. */
  readonly take: (record: Readonly<Record<string, unknown>>) => Taken;
  /** `now` decides absences: the end of what has been read, or the clock. */
  readonly conclude: (now: Date) => Conclusions;
  /**
   * The instant (epoch ms) from which a sign-in of this account at this place is no news: it teaches neither a name nor
   * a place, and its place is familiar. Infinite while it may be. For the prefilter.
   */
  readonly quietFrom: (account: AccountRef, place: Place) => number;
  /** What was learned besides hits: what a thread that reads a part of a file hands over. */
  readonly learned: () => Learned;
  /** Takes over what others learned from parts of a file, in the order of the parts, and the hits that they made. */
  readonly absorb: (parts: readonly { readonly learned: Learned; readonly hits: readonly Hit[] }[]) => void;
}

/** Knowledge of accounts as plain data. */
export interface Learned {
  readonly histories: ReadonlyMap<string, PlaceHistory>;
  /** User principal names by object id. */
  readonly names: ReadonlyMap<string, string>;
  /** Events whose account has no name yet. */
  readonly waiting: readonly LogEvent[];
  readonly faults: ReadonlyMap<string, { readonly message: string; readonly count: number }>;
  /** How often rules matched that no correlation builds on: there are no hits of these. */
  readonly alone: ReadonlyMap<string, number>;
}

/** An empty watch. */
export function createIngest(options: IngestOptions): Ingest {
  const { ruleSet, correlator } = options;
  const learnsPlaces = asksForPlaces(ruleSet);
  const histories = new Map<string, PlaceHistory>();
  const directory = createDirectory(evaluate);
  const faults = new Map<string, { message: string; count: number }>();
  const hitsOf = new Map<string, number>();
  const alone = new Map<string, number>();

  function evaluate(event: LogEvent, account: AccountRef): void {
    const person = options.enrollment?.(account);
    const key = accountKey(account);
    const id = person?.id ?? key;
    // The event was made for this call alone, and a copy of all its fields costs as much as evaluating them.
    const { postern } = event.fields;
    postern.person = id;
    postern.account = key;
    postern.sensitive = person?.sensitive ?? false;
    const history = learnsPlaces ? historyOf(id, event) : undefined;
    if (!isWanted(event, options)) return;
    // A place that is already familiar stays so: hits that count only elsewhere need not be made.
    const isFamiliar = history !== undefined && familiarity(history, event.place, event.at.getTime()) === 'familiar';
    const { hits, faults: failed } = ruleSet.detect(event, { isFamiliar, onAlone });
    for (const { rule, message } of failed) addFault(rule, message, 1);
    for (const hit of hits) addHit(hit);
  }

  function addHit(hit: Hit): void {
    add(hitsOf, hit.rule, 1);
    correlator.add(hit);
  }

  function onAlone(rule: string): void {
    add(alone, rule, 1);
  }

  function addFault(rule: string, message: string, count: number): void {
    faults.set(rule, { message, count: (faults.get(rule)?.count ?? 0) + count });
  }

  /** The history of a person, with this event in it if it belongs there. */
  function historyOf(person: string, event: LogEvent): PlaceHistory | undefined {
    let history = histories.get(person);
    if (!event.arrived) return history;
    if (!history) {
      history = createPlaceHistory();
      histories.set(person, history);
    }
    observe(history, event.place, event.at.getTime());
    return history;
  }

  return {
    take(record) {
      const reading = readRecord(options.sources, record);
      if (reading.kind !== 'event') return reading;
      const { event } = reading;
      directory.resolve(event);
      return { kind: 'event', source: event.source, at: event.at };
    },
    conclude(now) {
      directory.settle();
      const matches = correlator.matches({ now: now.getTime(), history: (person) => histories.get(person) });
      const counted = [...faults].map(([rule, fault]) => ({ rule, ...fault }));
      return { ...grade(matches, options.grading), faults: counted, hitsOf: new Map([...alone, ...hitsOf]) };
    },
    quietFrom(account, place) {
      if (!directory.knows(account)) return Number.POSITIVE_INFINITY;
      if (!learnsPlaces) return Number.NEGATIVE_INFINITY;
      return quietFrom(histories.get(options.enrollment?.(account)?.id ?? accountKey(account)), place);
    },
    learned: () => ({ histories, faults, alone, ...directory.state() }),
    absorb(parts) {
      for (const { learned } of parts) {
        for (const [person, history] of learned.histories) {
          histories.set(person, mergeHistories(histories.get(person), history));
        }
        for (const [rule, { message, count }] of learned.faults) addFault(rule, message, count);
        for (const [rule, count] of learned.alone) add(alone, rule, count);
        directory.learn(learned.names);
      }
      // Only now is it known where everybody was at home: a part knows but its own days.
      for (const { hits } of parts) {
        for (const hit of hits) if (!learnsPlaces || canCount(hit, histories.get(personOf(hit)))) addHit(hit);
      }
      for (const { learned } of parts) for (const event of learned.waiting) directory.resolve(event);
    },
  };
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function personOf({ fields }: Hit): string {
  return String(fields['postern.person'] ?? '');
}

function isWanted(event: LogEvent, { since, until }: Pick<IngestOptions, 'since' | 'until'>): boolean {
  return (!since || event.at >= since) && (!until || event.at <= until);
}
