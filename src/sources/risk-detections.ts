/** Entra ID Protection: Graph `identityProtection/riskDetections`. */
import { z } from 'zod';
import type { LogEvent, Place, PosternFields, Reading } from '../model/log-event.ts';
import type { LogSource } from '../model/log-source.ts';
import { RISK_DETECTION_FIELDS } from './field-maps.ts';
import type { Lookups } from './knowledge.ts';
import { locate } from './network.ts';
import { accountOf, explain, object, objects, type RawRecord, text, unwrapJson } from './record.ts';
import { countryOf } from './sign-ins.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

const Instant = z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT);

/** The part of a riskDetection that Postern reads. Used to say what is wrong with a record that cannot be read. */
export const RiskDetection = z.looseObject({
  id: z.string().min(1),
  riskEventType: z.string().min(1),
  activityDateTime: Instant.nullish(),
  detectedDateTime: Instant,
  userId: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  ipAddress: z.string().nullish(),
});

/** Risk detections. Detections made offline arrive up to a day after what they are about. */
export function createRiskDetections(lookups: Lookups): LogSource {
  return {
    name: 'risk-detections',
    title: 'Risk detections',
    needs: [
      'Graph permission IdentityRiskEvent.Read.All',
      'Microsoft Entra ID P2 for most types; without it the type reads "generic"',
    ],
    logSources: [
      { product: 'azure', service: 'riskdetection' },
      { product: 'azure', service: 'pim' },
    ],
    fields: RISK_DETECTION_FIELDS,
    dispatchField: 'postern.risk.type',
    recognizes: (record) =>
      record.riskEventType !== undefined ||
      record.riskType !== undefined ||
      record.riskLastUpdatedDateTime !== undefined,
    toLogEvent: (record) => read(record, lookups),
  };
}

const SUMMARY: Reading = { kind: 'ignored', why: 'risky user: a summary of risk detections' };
const NOBODY: Reading = { kind: 'ignored', why: 'risk detection that names no user' };

function read(record: RawRecord, lookups: Lookups): Reading {
  const type = text(record.riskEventType) ?? text(record.riskType);
  if (type === undefined && record.riskLastUpdatedDateTime !== undefined) return SUMMARY;
  const at = parseInstant(record.activityDateTime) ?? parseInstant(record.detectedDateTime);
  const id = text(record.id);
  if (at === undefined || id === undefined || type === undefined) {
    return explain(RiskDetection, record, 'riskEventType: empty');
  }
  const subject = accountOf(record.userId, record.userPrincipalName);
  if (!subject) return NOBODY;
  const place = placeOf(record, lookups);
  const postern: PosternFields = { by: 'system', ...place, risk: riskOf(record, type) };
  const listed = lookups.indicators.ofAddress(place.ip);
  if (listed) postern.indicator = listed;
  const event: LogEvent = {
    source: 'risk-detections',
    id,
    action: id,
    at: new Date(at),
    subject,
    place,
    arrived: false,
    fields: { ...record, riskEventType: type, postern },
  };
  return { kind: 'event', event };
}

/** Open texts, lower-cased: `attemptedPRTAccess` and `attemptedPrtAccess` both occur. */
function riskOf(record: RawRecord, type: string): Record<string, string> {
  const level = text(record.riskLevel)?.toLowerCase();
  const state = text(record.riskState)?.toLowerCase();
  return { type: type.toLowerCase(), ...(level !== undefined && { level }), ...(state !== undefined && { state }) };
}

function placeOf(record: RawRecord, { clientOf }: Lookups): Place {
  const country = countryOf(object(record.location)?.countryOrRegion);
  const info = objects(unwrapJson(record.additionalInfo));
  const agent = info.find((item) => text(item.Key)?.toLowerCase() === 'useragent')?.Value;
  const client = clientOf(undefined, undefined, agent);
  return {
    ...locate(record.ipAddress),
    ...(country !== undefined && { country }),
    ...(client !== undefined && { client }),
  };
}
