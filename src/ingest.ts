/**
 * The story of a record: raw record → event → person → hits → matches → findings.
 *
 * Pure: no files, no clock. `scan` feeds it from exports, the live functions from Graph; both end in the same findings.
 */
import type { Campaign, Finding } from './model/finding.ts';
import type { AccountRef, LogEvent, Place, SourceName } from './model/log-event.ts';
import type { LogSource } from './model/log-source.ts';
import { accountKey, type Enrollment } from './model/person.ts';
import { createPlaceHistory, familiarity, observe, type PlaceHistory, quietFrom } from './model/place.ts';
import { readRecord } from './record-event.ts';
import type { Correlator } from './rules/correlate.ts';
import { type GradingRules, grade } from './rules/outcome.ts';
import { asksForPlaces } from './rules/rule-set.ts';
import type { RuleSet } from './rules/schema.ts';

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
  readonly correlator: Correlator;
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
}

/** An empty watch. */
export function createIngest(options: IngestOptions): Ingest {
  const { ruleSet, correlator } = options;
  const learnsPlaces = asksForPlaces(ruleSet);
  const histories = new Map<string, PlaceHistory>();
  const directory = createDirectory();
  const faults = new Map<string, { message: string; count: number }>();
  const hitsOf = new Map<string, number>();

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
    const { hits, faults: failed } = ruleSet.detect(event, isFamiliar);
    for (const { rule, message } of failed) {
      faults.set(rule, { message, count: (faults.get(rule)?.count ?? 0) + 1 });
    }
    for (const hit of hits) {
      hitsOf.set(hit.rule, (hitsOf.get(hit.rule) ?? 0) + 1);
      correlator.add(hit);
    }
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
      const evaluateFor = (account: AccountRef) => evaluate(event, account);
      if (event.subject) directory.resolve(event.subject, evaluateFor, !event.aside);
      return { kind: 'event', source: event.source, at: event.at };
    },
    conclude(now) {
      directory.settle();
      const matches = correlator.matches({ now: now.getTime(), history: (person) => histories.get(person) });
      const counted = [...faults].map(([rule, fault]) => ({ rule, ...fault }));
      return { ...grade(matches, options.grading), faults: counted, hitsOf };
    },
    quietFrom(account, place) {
      if (!directory.knows(account)) return Number.POSITIVE_INFINITY;
      if (!learnsPlaces) return Number.NEGATIVE_INFINITY;
      return quietFrom(histories.get(options.enrollment?.(account)?.id ?? accountKey(account)), place);
    },
  };
}

function isWanted(event: LogEvent, { since, until }: Pick<IngestOptions, 'since' | 'until'>): boolean {
  return (!since || event.at >= since) && (!until || event.at <= until);
}

/**
 * Ties object ids to user principal names, because some records name an account by one only. Records that name only an
 * unknown id wait until some record has told its name, or until the end.
 */
function createDirectory(): {
  /** Calls `then` with the account under its name, now or later. `learns`: an id and a name are to be remembered. */
  resolve: (account: AccountRef, then: (account: AccountRef) => void, learns: boolean) => void;
  settle: () => void;
  /** True when `resolve` would learn nothing from this account, and not wait. */
  knows: (account: AccountRef) => boolean;
} {
  const upnOf = new Map<string, string>();
  const waiting = new Map<string, ((account: AccountRef) => void)[]>();
  function flush(id: string, account: AccountRef): void {
    const calls = waiting.get(id) ?? [];
    waiting.delete(id);
    for (const call of calls) call(account);
  }
  return {
    knows: ({ id, upn }) => upn !== undefined && (id === undefined || upnOf.has(id)),
    resolve(account, then, learns) {
      const { id, upn } = account;
      if (upn) {
        const known = id === undefined ? undefined : upnOf.get(id);
        if (learns && id !== undefined && known === undefined) {
          upnOf.set(id, upn);
          flush(id, account);
        }
        // The text that is known already: maps find it at once, and what is kept shares it.
        then(id !== undefined && known === upn ? { id, upn: known } : account);
      } else if (id) {
        const known = upnOf.get(id);
        if (known) then({ id, upn: known });
        else if (waiting.has(id)) waiting.get(id)?.push(then);
        else waiting.set(id, [then]);
      }
    },
    settle() {
      for (const id of [...waiting.keys()]) flush(id, { id });
    },
  };
}
