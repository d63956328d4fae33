/** When a reader gets each record: late, twice, and not in the order in which things happened. */
import {
  type CampaignRecord,
  type CampaignSettings,
  type CampaignSource,
  HOUR,
  MINUTE,
  type Scene,
} from './options.ts';
import { isAttackAddress } from './places.ts';
import { type Random, randomFrom } from './random.ts';

/** How late a record can be at first, in ms; duplicates and republished sign-ins come later still. */
export const LATENESS_MS: Readonly<Record<CampaignSource, { readonly usual: number; readonly worst: number }>> = {
  'directory-audits': { usual: 15 * MINUTE, worst: HOUR },
  'sign-ins': { usual: 5 * MINUTE, worst: HOUR },
  'risk-detections': { usual: 24 * HOUR, worst: 24 * HOUR },
  'provider-mail': { usual: 10 * MINUTE, worst: HOUR },
  'mailbox-activity': { usual: HOUR, worst: HOUR },
};

/** Share of records that are later than usual, that are read twice, and of sign-ins that come again with another risk. */
const LATE = 0.02;
const READ_TWICE = 0.03;
const REPUBLISHED = 0.006;

/** Records that have happened but not arrived yet. */
export interface Mailroom {
  /** A scene that writes here. */
  readonly scene: (random: Random) => Scene;
  /** Takes out what has arrived before `until` (epoch ms), in order of arrival. */
  readonly arrived: (until: number) => CampaignRecord[];
}

interface Waiting extends CampaignRecord {
  readonly due: number;
  readonly order: number;
}

/** An empty mailroom. Holds about a day of records when it is emptied day by day. */
export function createMailroom(settings: CampaignSettings): Mailroom {
  const random = randomFrom(settings.seed, 'arrival');
  let waiting: Waiting[] = [];
  let order = 0;
  const hold = (source: CampaignSource, record: Readonly<Record<string, unknown>>, due: number) => {
    waiting.push({ source, record, arrivesAt: new Date(due), due, order: order++ });
  };
  const put: Scene['put'] = (source, at, record, detectedMs) => {
    // The log ends here; what happens later is in the next one.
    if (at >= settings.end) return;
    const due = at + (detectedMs === undefined ? lateness(source, random) : detectedMs + random.int(1, 10) * MINUTE);
    hold(source, record, due);
    if (random.chance(READ_TWICE)) hold(source, record, due + random.int(1, 60) * MINUTE);
    if (source === 'sign-ins' && random.chance(REPUBLISHED)) {
      hold(source, withChangedRisk(record), due + random.int(10, 20 * 60) * MINUTE);
    }
  };
  const arrived = (until: number) => {
    const ready = waiting.filter((item) => item.due < until).sort((a, b) => a.due - b.due || a.order - b.order);
    waiting = waiting.filter((item) => item.due >= until);
    return ready.map(({ source, record, arrivesAt }) => ({ source, record, arrivesAt }));
  };
  return { scene: (own) => ({ random: own, put }), arrived };
}

function lateness(source: CampaignSource, random: Random): number {
  const { usual, worst } = LATENESS_MS[source];
  return random.chance(LATE) ? random.int(usual, worst) : random.int(0, usual);
}

/** Identity Protection changes its mind about a sign-in, and the log shows the record again under the same id. */
function withChangedRisk(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isAttack = isAttackAddress(String(record.ipAddress));
  return isAttack
    ? { ...record, riskState: 'atRisk', riskLevelAggregated: 'high', riskEventTypes_v2: ['unfamiliarFeatures'] }
    : { ...record, riskState: 'dismissed', riskLevelAggregated: 'none', riskDetail: 'aiConfirmedSigninSafe' };
}
