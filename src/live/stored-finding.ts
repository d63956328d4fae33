/** A finding as the table `evidence` keeps it, and the message that tells of it. */
import { z } from 'zod';
import { type Finding, OUTCOMES, type Outcome } from '../model/finding.ts';
import type { QueueMessage } from '../ports.ts';
import { toOcsf } from '../report/ocsf.ts';

const SOURCES = [
  'directory-audits',
  'sign-ins',
  'risk-detections',
  'provider-mail',
  'authentication-methods',
  'mailbox-activity',
] as const satisfies readonly Finding['evidence'][number]['source'][];

const text = z.string();
const StoredSignal = z.object({
  rule: text,
  title: text,
  recordId: text,
  source: z.enum(SOURCES),
  at: z.coerce.date(),
  person: text,
  account: text,
  story: text,
  ip: text.exactOptional(),
  network: text.exactOptional(),
  country: text.exactOptional(),
  client: text.exactOptional(),
  flow: text.exactOptional(),
  gate: text.exactOptional(),
});

const FindingValue = z.object({
  id: text,
  revision: text,
  person: text,
  accounts: z.array(text),
  outcome: z.enum(OUTCOMES),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
  chains: z.array(text),
  first: z.coerce.date(),
  last: z.coerce.date(),
  evidence: z.array(StoredSignal),
  attempts: z.number(),
  changes: z.array(text),
  techniques: z.array(text),
  cut: z.boolean(),
  /** Cross-person matches that it takes part in, as texts of `tieOf` (src/rules/campaigns.ts). */
  ties: z.array(text),
});

/** Value of a row `finding:<person>:<id>`. */
export const StoredFinding = z.object({
  /** Without `campaign`, which only all findings together tell. */
  finding: FindingValue,
  /** Ids that it had before an earlier record arrived, or that were findings of their own before they joined it. */
  formerIds: z.array(text),
  /** `withdrawn`: its evidence turned out to be the owner's, or is followed by what was awaited. */
  state: z.enum(['open', 'withdrawn']),
  /** The outcome by the chains that are on. Absent: only staged chains conclude, and nobody is told. */
  tell: z.enum(OUTCOMES).exactOptional(),
  /** Grows by one with every change. */
  version: z.number().int(),
  createdAt: z.coerce.date(),
  changedAt: z.coerce.date(),
});
/** Value of a row `finding:<person>:<id>`. */
export type StoredFinding = z.infer<typeof StoredFinding>;

/** Body of a message in the queue `findings`. */
export interface FindingMessage {
  /** Finding id; the row tells everything, also when it has changed again since. */
  readonly finding: string;
  readonly person: string;
  readonly revision: string;
  readonly change: 'new' | 'revised' | 'withdrawn';
  readonly outcome: Outcome;
  /** What may be told; absent = staged: recorded, and nobody is told. */
  readonly tell?: Outcome;
  readonly formerIds: readonly string[];
  /** OCSF Detection Finding 1.8.0, so that a SIEM can subscribe. Long evidence is shortened. */
  readonly ocsf: Record<string, unknown>;
}

/** First part of the row keys of a person's findings. */
export function findingsPrefix(person: string): string {
  return `finding:${person}:`;
}

/** Row key of a finding. */
export function findingRow(person: string, id: string): string {
  return findingsPrefix(person) + id;
}

/** Signals that a message carries from the beginning and from the end of the evidence: 256 KiB is what a message may hold. */
const SHOWN_EACH_END = 60;

/**
 * The message that tells of a stored finding. Its id is made of the finding and the count of its changes: the same when
 * the same change is sent again, and another one when a finding comes back to what it was.
 */
export function findingMessage(stored: StoredFinding, change: FindingMessage['change'], version: string): QueueMessage {
  const { finding, tell, formerIds } = stored;
  const activity = change === 'new' ? 'create' : change === 'revised' ? 'update' : 'close';
  const shown = shorten(finding);
  const body: FindingMessage = {
    finding: finding.id,
    person: finding.person,
    revision: finding.revision,
    change,
    outcome: finding.outcome,
    ...(tell && { tell }),
    formerIds,
    ocsf: toOcsf(shown, { now: stored.changedAt, created: stored.createdAt, version, activity }),
  };
  return { queue: 'findings', id: `f_${finding.id}_${stored.version}`, body };
}

function shorten(finding: Finding): Finding {
  const { evidence } = finding;
  if (evidence.length <= 2 * SHOWN_EACH_END) return finding;
  return {
    ...finding,
    evidence: [...evidence.slice(0, SHOWN_EACH_END), ...evidence.slice(-SHOWN_EACH_END)],
    cut: true,
  };
}
