import {
  type Fields,
  firstGiven,
  flag,
  fromJson,
  given,
  isGiven,
  isObject,
  lowerKeys,
  rowId,
  wholeNumber,
} from './columns.ts';

/**
 * Diagnostic-settings exports (storage account, Event Hub): an envelope with `category`, `operationName`, `time`,
 * `callerIpAddress` around `properties`, which is mostly the Graph record. Real envelopes differ in case
 * (`callerIpAddress`, `calleripaddress`, `Level`, `level`) and write `<null>` for a missing address.
 */

/** True for a record in that envelope. */
export function isAzureMonitor(record: Readonly<Fields>): boolean {
  if (!('properties' in record) || !isObject(fromJson(record.properties))) return false;
  return ['category', 'operationName', 'operationname', 'resourceId', 'resourceid', 'time'].some(
    (key) => key in record,
  );
}

/** The record inside, with gaps filled from the envelope. An export of another log (Graph activity) stays as it is. */
export function fromAzureMonitor(record: Fields): Fields {
  const envelope = lowerKeys(record);
  const inner = fromJson(record.properties) as Fields;
  const category = (given(envelope.category) ?? '').toLowerCase();
  if (category.includes('signinlogs')) return signIn(envelope, inner, category);
  if (category.includes('riskevents')) return riskDetection(envelope, inner);
  if (category === 'auditlogs' || 'activityDisplayName' in inner || 'targetResources' in inner) {
    return directoryAudit(envelope, inner, category);
  }
  if (category === 'riskyusers') return { ...inner };
  return record;
}

function directoryAudit(envelope: Fields, inner: Fields, category: string): Fields {
  const activity = firstGiven(inner.activityDisplayName, inner.operationName, envelope.operationname);
  const at = firstGiven(inner.activityDateTime, envelope.time);
  const topCategory = category === 'auditlogs' ? undefined : envelope.category;
  return {
    ...inner,
    id: firstGiven(inner.id, undefined) ?? rowId([envelope.correlationid, at], inner),
    activityDisplayName: activity,
    activityDateTime: at,
    category: firstGiven(inner.category, topCategory),
    correlationId: firstGiven(inner.correlationId, envelope.correlationid),
    result: firstGiven(inner.result, envelope.result, inner.resultType, envelope.resulttype),
    resultReason: firstGiven(inner.resultReason, inner.resultDescription, envelope.resultdescription) ?? '',
    initiatedBy: withAddress(fromJson(inner.initiatedBy), envelope.calleripaddress),
    targetResources: fromJson(inner.targetResources),
    additionalDetails: fromJson(inner.additionalDetails),
  };
}

/** The address of the envelope where the record names a user without one. */
function withAddress(initiatedBy: unknown, address: unknown): unknown {
  if (!isObject(initiatedBy) || !isObject(initiatedBy.user) || !isGiven(address)) return initiatedBy;
  if (isGiven(initiatedBy.user.ipAddress)) return initiatedBy;
  return { ...initiatedBy, user: { ...initiatedBy.user, ipAddress: address } };
}

/** Names of Graph's `signInEventTypes` by the diagnostic category. */
const EVENT_TYPES: readonly (readonly [category: string, type: string, interactive: boolean])[] = [
  ['noninteractiveusersigninlogs', 'nonInteractiveUser', false],
  ['serviceprincipalsigninlogs', 'servicePrincipal', false],
  ['managedidentitysigninlogs', 'managedIdentity', false],
  ['adfssigninlogs', 'interactiveUser', true],
  ['signinlogs', 'interactiveUser', true],
];

/** `signInEventTypes` and `isInteractive` as the category of a log says, where the record does not. */
export function signInKind(category: string, record: Fields): Fields {
  const row = EVENT_TYPES.find(([name]) => name === category.toLowerCase());
  if (!row) return {};
  return {
    signInEventTypes: Array.isArray(record.signInEventTypes) ? record.signInEventTypes : [row[1]],
    isInteractive: flag(record.isInteractive) ?? row[2],
  };
}

function signIn(envelope: Fields, inner: Fields, category: string): Fields {
  const record: Fields = {};
  for (const key of Object.keys(inner)) record[key] = fromJson(inner[key]);
  const at = firstGiven(inner.createdDateTime, envelope.time);
  return {
    ...record,
    ...signInKind(category, record),
    id: given(inner.id) ?? rowId([envelope.correlationid, at], inner),
    createdDateTime: at,
    correlationId: firstGiven(inner.correlationId, envelope.correlationid),
    ipAddress: firstGiven(inner.ipAddress, envelope.calleripaddress),
    userDisplayName: firstGiven(inner.userDisplayName, envelope.identity),
    status: statusOf(record.status, envelope.resulttype, envelope.resultdescription),
    location: locationOf(record.location, envelope.location),
  };
}

/** Graph's sign-in `status` from what a record has of it and the result columns beside it. */
export function statusOf(status: unknown, code: unknown, description: unknown): Fields | undefined {
  const known = isObject(status) ? status : {};
  const isWord = typeof code === 'string' && /^success$/i.test(code.trim());
  const errorCode = wholeNumber(known.errorCode) ?? (isWord ? 0 : wholeNumber(code));
  const failureReason = firstGiven(known.failureReason, description);
  if (errorCode === undefined && failureReason === undefined && !isObject(status)) return undefined;
  return {
    ...known,
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(failureReason === undefined ? {} : { failureReason }),
  };
}

/** Graph's `location`: as it is, or the country code that stands beside it. */
export function locationOf(location: unknown, country: unknown): unknown {
  if (isObject(location) && isGiven(location.countryOrRegion)) return location;
  const code =
    typeof country === 'string' && /^[a-z]{2}$/i.test(country.trim()) ? country.trim().toUpperCase() : undefined;
  if (code === undefined) return location;
  return { ...(isObject(location) ? location : {}), countryOrRegion: code };
}

function riskDetection(envelope: Fields, inner: Fields): Fields {
  return {
    ...inner,
    id: firstGiven(inner.id, envelope.correlationid),
    riskEventType: firstGiven(inner.riskEventType, inner.riskType),
    activityDateTime: firstGiven(inner.activityDateTime, inner.detectedDateTime, envelope.time),
    ipAddress: firstGiven(inner.ipAddress, envelope.calleripaddress),
    location: locationOf(fromJson(inner.location), envelope.location),
  };
}
