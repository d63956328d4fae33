import type { SourceName } from './log-event.ts';

/** What an attacker achieved against one person, from weakest to strongest. The words of the reference campaign. */
export const OUTCOMES = ['identified', 'attacked', 'compromised'] as const;
/**
 * `identified`: somebody looked up the recovery options. `attacked`: a gate was tried, or the password is known.
 * `compromised`: somebody got in.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** One detection rule matched one action. Alerts nobody by itself. */
export interface Signal {
  /** Name of the rule. */
  readonly rule: string;
  /** Title of the rule. */
  readonly title: string;
  readonly recordId: string;
  readonly source: SourceName;
  readonly at: Date;
  /** Person id. */
  readonly person: string;
  /** Account key (lower-case UPN, else object id). */
  readonly account: string;
  /** A sentence without the time: "the recovery options of the account were shown". From the rule, filled in. */
  readonly story: string;
  readonly ip?: string;
  readonly network?: string;
  readonly country?: string;
  readonly client?: string;
  /** Recovery flow (one attempt) that the record belongs to. */
  readonly flow?: string;
  /** Which check of the recovery it is about: `sms`, `voice`, `email`, `app_push` … (docs/fields.md). */
  readonly gate?: string;
}

/** What the chains conclude about one person in one episode. */
export interface Finding {
  /** Hash of person and first piece of evidence: stable while the episode grows. */
  readonly id: string;
  /** Hash of everything below: changes when evidence or outcome do. */
  readonly revision: string;
  readonly person: string;
  readonly accounts: readonly string[];
  readonly outcome: Outcome;
  /** Highest Sigma level of the chains that fired. */
  readonly level: 'informational' | 'low' | 'medium' | 'high' | 'critical';
  /** Names of the chains that fired, in order of first evidence. */
  readonly chains: readonly string[];
  readonly first: Date;
  readonly last: Date;
  /** In order of event time, ties by record id. Each action once. */
  readonly evidence: readonly Signal[];
  /** Distinct recovery flows in the evidence. */
  readonly attempts: number;
  /** Sentences on what was changed: methods, contacts, rules, consents. */
  readonly changes: readonly string[];
  /** MITRE ATT&CK technique ids, sorted. */
  readonly techniques: readonly string[];
  /** True when a cap dropped evidence; the finding says so. */
  readonly cut: boolean;
  /** Campaign that it belongs to, if any. */
  readonly campaign?: string;
}

/** Findings of several persons that share an origin. */
export interface Campaign {
  readonly id: string;
  /** The origins that tie it together, as `network 192.0.2.0/24`. */
  readonly origins: readonly string[];
  readonly findings: readonly string[];
  readonly first: Date;
  readonly last: Date;
  /** Recovery flows of all members. */
  readonly attempts: number;
  /** Persons whose recovery options were looked up or more. */
  readonly identified: number;
  /** Persons with outcome attacked or compromised. */
  readonly attacked: number;
  readonly compromised: number;
}
