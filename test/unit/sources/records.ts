/** Synthetic raw records in Graph's shape, and the sources that read them. */
import { readFileSync } from 'node:fs';
import type { LogEvent, Reading } from '../../../src/model/log-event.ts';
import { createSources, type Knowledge, sourceOf } from '../../../src/sources/index.ts';
import { parseProviders } from '../../../src/sources/providers-text.ts';

type Fields = Record<string, unknown>;

export const DANA_ID = '26be570a-ae82-4189-b4e2-a37c6808512d';
const DANA = { id: DANA_ID, displayName: null, userPrincipalName: 'Dana@Example.org' };
const ADMIN = { id: 'ac7e68c4-40fe-4b81-a7f7-b484de797cd3', displayName: null, userPrincipalName: 'admin@example.org' };
/** Words for a time that is none. */
export const NO_TIME = 'no time of an event; should be as 2026-03-01T09:14:27Z, from 2000 to 2199';
export const FLOW = '7e0d7d5b-0000-4000-8000-000000000001';

const providers = parseProviders(readFileSync(new URL('../../../rules/providers.yml', import.meta.url), 'utf8'));
if (!providers.ok) throw new Error(providers.problems.join('\n'));

/** Hashes show what was hashed, so that tests can say it. */
export const knowledge: Knowledge = {
  providers: providers.providers,
  indicators: [
    { name: 'anonymizers', entries: ['203.0.113.0/28', '2001:db8:bad::/48'] },
    { name: 'campaign-domains', entries: ['evil.example.net', '198.51.100.99'] },
  ],
  hash: (value) => `h(${value})`,
};

const sources = createSources(knowledge);

/** What the right source makes of a record. */
export function readingOf(record: Fields): Reading {
  const source = sourceOf(record, sources);
  return source ? source.toLogEvent(record) : { kind: 'unreadable', problems: ['no source'] };
}

/** The event of a record that must be readable. */
export function eventOf(record: Fields): LogEvent {
  const reading = readingOf(record);
  if (reading.kind !== 'event') throw new Error(JSON.stringify(reading));
  return reading.event;
}

/** `postern` of a record that must be readable. */
export function posternOf(record: Fields): Fields {
  return eventOf(record).fields.postern;
}

/** A modified property. Values are written as Entra writes them: JSON in a text. */
export function property(displayName: string, oldValue: unknown, newValue: unknown): Fields {
  const text = (value: unknown) => (value === null || typeof value === 'string' ? value : JSON.stringify(value));
  return { displayName, oldValue: text(oldValue), newValue: text(newValue) };
}

/** A directory audit by Dana about Dana. */
export function audit(activityDisplayName: string, changes: Fields = {}): Fields {
  return {
    id: 'Directory_1',
    category: 'UserManagement',
    correlationId: FLOW,
    result: 'success',
    resultReason: '',
    activityDisplayName,
    activityDateTime: '2026-03-01T09:14:27.1234567Z',
    loggedByService: 'Core Directory',
    initiatedBy: { app: null, user: { ...DANA, ipAddress: '198.51.100.23' } },
    targetResources: [{ ...DANA, type: 'User', modifiedProperties: [] }],
    additionalDetails: [],
    ...changes,
  };
}

/** The same, done by an admin. */
export function auditByAdmin(activity: string, changes: Fields = {}): Fields {
  return audit(activity, { initiatedBy: { app: null, user: { ...ADMIN, ipAddress: '192.0.2.7' } }, ...changes });
}

/** `Update user` about Dana with modified properties, by one of Microsoft's services. */
export function userUpdate(...properties: Fields[]): Fields {
  return audit('Update user', {
    initiatedBy: { user: null, app: { displayName: 'Azure MFA StrongAuthenticationService', servicePrincipalId: 'a' } },
    targetResources: [{ ...DANA, type: 'User', modifiedProperties: properties }],
  });
}

/** A step of the self-service flow. */
export function step(resultReason: string, changes: Fields = {}): Fields {
  return audit('Self-service password reset flow activity progress', {
    loggedByService: 'Self-service Password Management',
    resultReason,
    ...changes,
  });
}

/** An interactive sign-in of Dana from her laptop. */
export function signIn(errorCode: unknown = 0, changes: Fields = {}): Fields {
  return {
    id: '66ea54eb-6301-4ee5-be62-ff5a759b0100',
    createdDateTime: '2026-03-01T09:20:00Z',
    userId: DANA_ID,
    userPrincipalName: 'dana@example.org',
    appDisplayName: 'Office 365',
    ipAddress: '192.0.2.10',
    clientAppUsed: 'Browser',
    isInteractive: true,
    userType: 'member',
    status: { errorCode, failureReason: null, additionalDetails: null },
    deviceDetail: { deviceId: '', operatingSystem: 'Windows 10', browser: 'Edge 116.0.1938' },
    location: { countryOrRegion: 'us' },
    autonomousSystemNumber: 64496,
    ...changes,
  };
}
