/** The list of log sources. Adding one = one file and one line here. */
import type { LogSource } from '../model/log-source.ts';
import { createAuthenticationMethods } from './authentication-methods.ts';
import { createClients } from './clients.ts';
import { createDirectoryAudits } from './directory-audits.ts';
import { createIndicators } from './indicators.ts';
import type { Knowledge, Lookups } from './knowledge.ts';
import { createMailboxActivity } from './mailbox-activity.ts';
import { createProviderMail } from './provider-mail.ts';
import { createProviderLookup, createSecuritySubjects } from './provider-senders.ts';
import type { RawRecord } from './record.ts';
import { createRiskDetections } from './risk-detections.ts';
import { createSignIns } from './sign-ins.ts';

export type { Knowledge } from './knowledge.ts';

/** Every log source, in the order in which records are most common: `recognizes` is asked in this order. */
export function createSources(knowledge: Knowledge): readonly LogSource[] {
  const lookups: Lookups = {
    hash: knowledge.hash,
    indicators: createIndicators(knowledge.indicators),
    clientOf: createClients(),
  };
  const { providers } = knowledge;
  return [
    createSignIns(lookups),
    createDirectoryAudits(lookups),
    createRiskDetections(lookups),
    createMailboxActivity(lookups, createSecuritySubjects(providers)),
    createProviderMail(lookups, createProviderLookup(providers)),
    createAuthenticationMethods(lookups),
  ];
}

/** The source that a raw record in Graph's shape belongs to; `undefined` when it is of no log that Postern reads. */
export function sourceOf(record: RawRecord, sources: readonly LogSource[]): LogSource | undefined {
  return sources.find((source) => source.recognizes(record));
}
