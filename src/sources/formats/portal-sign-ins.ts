import { compact, type Fields, flag, given, rowId, wholeNumber } from './columns.ts';
import { UNKNOWN_FAILURE } from './unified-audit-entra.ts';

/**
 * A row of the Entra admin center's sign-in CSV as Graph's signIn. Header names are given in lower case with single
 * blanks: the portal itself writes `Application ID ` and `Autonomous system  number`, and one header twice.
 */
export function fromPortalSignIn(row: Readonly<Fields>): Fields {
  const text = (name: string) => given(row[name]);
  const servicePrincipal = text('service principal id');
  return compact({
    id: text('request id') ?? rowId([text('correlation id'), text('date (utc)')], row),
    createdDateTime: text('date (utc)'),
    correlationId: text('correlation id'),
    userId: text('user id'),
    userDisplayName: text('user'),
    userPrincipalName: text('username'),
    userType: text('user type')?.toLowerCase(),
    userAgent: text('user agent'),
    signInIdentifier: text('sign-in identifier'),
    appId: text('application id'),
    appDisplayName: text('application'),
    resourceId: text('resource id'),
    resourceDisplayName: text('resource'),
    resourceTenantId: text('resource tenant id'),
    homeTenantId: text('home tenant id'),
    crossTenantAccessType: text('cross tenant access type'),
    incomingTokenType: text('incoming token type'),
    authenticationProtocol: text('authentication protocol'),
    uniqueTokenIdentifier: text('unique token identifier'),
    originalTransferMethod: text('original transfer method'),
    sessionId: text('session id'),
    ipAddress: text('ip address'),
    autonomousSystemNumber: wholeNumber(row['autonomous system number']),
    location: location(text('location')),
    status: status(text('status'), wholeNumber(row['sign-in error code']), row),
    clientAppUsed: text('client app'),
    deviceDetail: deviceDetail(row),
    conditionalAccessStatus: camel(text('conditional access')),
    authenticationRequirement: requirement(text('authentication requirement')),
    mfaDetail: mfaDetail(row),
    riskState: camel(text('risk state')),
    riskLevelAggregated: camel(text('risk level (aggregate)') ?? text('risk level aggregated')),
    riskLevelDuringSignIn: camel(text('risk level (sign-in)') ?? text('risk level during sign-in')),
    flaggedForReview: flag(row['flagged for review']),
    isInteractive: servicePrincipal ? false : flag(row.interactive),
    servicePrincipalId: servicePrincipal,
    servicePrincipalName: text('service principal name'),
    signInEventTypes: servicePrincipal ? ['servicePrincipal'] : undefined,
  });
}

/** The words decide where there is no code; a failure without a code never becomes 0. */
function status(word: string | undefined, code: number | undefined, row: Readonly<Fields>): Fields {
  const succeeded = word?.toLowerCase() === 'success';
  return compact({
    errorCode: code ?? (succeeded ? 0 : UNKNOWN_FAILURE),
    failureReason: given(row['failure reason']),
    additionalDetails: given(row['multifactor authentication result']),
  });
}

/** `City, State, CC`, any of them blank. */
function location(text: string | undefined): Fields | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  const country = parts.at(-1);
  return compact({
    city: parts.length > 1 && parts[0] ? parts[0] : undefined,
    state: parts.length > 2 && parts[1] ? parts[1] : undefined,
    countryOrRegion: country && /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : undefined,
  });
}

function deviceDetail(row: Readonly<Fields>): Fields {
  return compact({
    deviceId: given(row['device id']) ?? '',
    browser: given(row.browser),
    operatingSystem: given(row['operating system']),
    isCompliant: flag(row.compliant),
    isManaged: flag(row.managed),
    trustType: given(row['join type']),
  });
}

function mfaDetail(row: Readonly<Fields>): Fields | undefined {
  const authMethod = given(row['multifactor authentication auth method']);
  const authDetail = given(row['multifactor authentication auth detail']);
  return authMethod || authDetail ? compact({ authMethod, authDetail }) : undefined;
}

/** `Not Applied` → `notApplied`. */
function camel(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const words = text.split(/[\s_-]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const joined = words.join('');
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}

function requirement(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return /^single/i.test(text) ? 'singleFactorAuthentication' : 'multiFactorAuthentication';
}
