/**
 * An independent reading of the campaign: counts attempts, attacked and compromised persons from the records alone,
 * by the definitions and without the product's code.
 */
import type { CampaignRecord } from '../../../local/campaign.ts';

// biome-ignore lint/suspicious/noExplicitAny: raw records of five shapes are looked into freely here.
type Raw = Record<string, any>;

const DAY = 24 * 3600_000;
const SSPR = 'Self-service password reset flow activity progress';
const PASSWORD_WAS_RIGHT = new Set([50055, 50074, 50076, 50079, 50158, 53003]);
const TAKEOVER = new Set([
  'User registered security info',
  'User deleted security info',
  'Create application password for user',
  'Consent to application',
]);

/** One deduplicated record with what the tally needs. */
interface Fact {
  readonly source: string;
  readonly at: number;
  readonly account: string;
  readonly network: string;
  readonly record: Raw;
}

/** What a tally found. */
export interface Tally {
  readonly flowsFromNewPlaces: ReadonlySet<string>;
  readonly flowsFromKnownPlaces: ReadonlySet<string>;
  readonly attacked: ReadonlySet<string>;
  readonly compromised: ReadonlySet<string>;
  readonly facts: readonly Fact[];
  /** Persons with any record from a network that only attackers use. */
  readonly touched: ReadonlySet<string>;
}

/** /24 or /48 of an address as the generator writes addresses; empty for none. */
export function networkOf(ip: string): string {
  if (ip === '') return '';
  return ip.includes(':') ? ip.split(':').slice(0, 3).join(':') : ip.split('.').slice(0, 3).join('.');
}

function factOf({ source, record }: CampaignRecord): Fact {
  const raw = record as Raw;
  const user = raw.initiatedBy?.user;
  const isSelf =
    user?.userPrincipalName === raw.targetResources?.[0]?.userPrincipalName || raw.category !== 'UserManagement';
  switch (source) {
    case 'directory-audits': {
      const account =
        raw.category === 'UserManagement' ? raw.targetResources[0].userPrincipalName : user.userPrincipalName;
      const at = Date.parse(raw.activityDateTime.replace(/\d{4}Z$/, 'Z'));
      return { source, at, account, network: networkOf(isSelf ? (user?.ipAddress ?? '') : ''), record: raw };
    }
    case 'provider-mail':
      return { source, at: Date.parse(raw.receivedDateTime), account: raw.recipientAddress, network: '', record: raw };
    case 'mailbox-activity':
      return {
        source,
        at: Date.parse(raw.createdDateTime),
        account: raw.userPrincipalName,
        network: networkOf(raw.clientIp),
        record: raw,
      };
    default:
      return {
        source,
        at: Date.parse(raw.createdDateTime ?? raw.activityDateTime),
        account: raw.userPrincipalName,
        network: networkOf(raw.ipAddress),
        record: raw,
      };
  }
}

/** Reads the records. `personOf` tells whose an account is. */
export function tally(records: Iterable<CampaignRecord>, personOf: (account: string) => string): Tally {
  const seen = new Set<string>();
  const facts: Fact[] = [];
  for (const item of records) {
    const key = `${item.source} ${item.record.id}`;
    if (!seen.has(key)) facts.push(factOf(item));
    seen.add(key);
  }
  facts.sort((a, b) => a.at - b.at);
  const byPerson = Map.groupBy(facts, (fact) => personOf(fact.account));
  const result = {
    flowsFromNewPlaces: new Set<string>(),
    flowsFromKnownPlaces: new Set<string>(),
    attacked: new Set<string>(),
    compromised: new Set<string>(),
    touched: new Set<string>(),
  };
  for (const [person, own] of byPerson) tallyPerson(person, own, result);
  return { ...result, facts };
}

function tallyPerson(person: string, facts: readonly Fact[], result: Record<string, Set<string>>): void {
  const arrivals = facts.filter((fact) => fact.source === 'sign-ins' && fact.record.status.errorCode === 0);
  const firstDevice = new Map<string, number>();
  for (const { at, record } of arrivals) {
    const id = record.deviceDetail.deviceId;
    if (id && !firstDevice.has(id)) firstDevice.set(id, at);
  }
  const owns = (device: string, at: number) => device !== '' && (firstDevice.get(device) ?? Infinity) <= at - DAY;
  const isNew = ({ at, network, record }: Fact): boolean => {
    if (network === '' || (arrivals[0]?.at ?? Infinity) > at - DAY) return false;
    if (owns(record.deviceDetail?.deviceId ?? '', at)) return false;
    return !arrivals.some(
      (arrival) =>
        arrival.network === network &&
        (arrival.at <= at - DAY ||
          (Math.abs(arrival.at - at) <= DAY && owns(arrival.record.deviceDetail.deviceId, at))),
    );
  };
  for (const fact of facts) {
    const { record, network, at } = fact;
    if (/^(198\.51\.100|2001:db8:d[0-9a-f]{3})$/.test(network)) result.touched?.add(person);
    const isFlow =
      record.activityDisplayName === SSPR || record.activityDisplayName === 'Blocked from self-service password reset';
    if (isFlow) result[isNew(fact) ? 'flowsFromNewPlaces' : 'flowsFromKnownPlaces']?.add(record.correlationId);
    const tried = isFlow && /(started|completed|failed).* verification option|exceeded/.test(record.resultReason);
    const known = fact.source === 'sign-ins' && record.isInteractive && PASSWORD_WAS_RIGHT.has(record.status.errorCode);
    if ((tried || known) && isNew(fact)) result.attacked?.add(person);
    const reset = record.activityDisplayName === 'Reset password (self-service)' && record.result === 'success';
    const arrived = fact.source === 'sign-ins' && record.status.errorCode === 0;
    if (!(reset || arrived) || !isNew(fact)) continue;
    const follows = facts.some(
      (later) =>
        later.network === network &&
        later.at >= at &&
        later.at <= at + DAY &&
        (TAKEOVER.has(later.record.activityDisplayName) ||
          ['New-InboxRule', 'Set-Mailbox'].includes(later.record.operation)),
    );
    if (reset || follows) {
      result.compromised?.add(person);
      result.attacked?.add(person);
    }
  }
}
