/** The records of the benchmark's corpus, in the order in which Graph (beta) writes their members. */
import { type Random, weighted } from '../local/campaign/random.ts';
import type { Country, Person } from './corpus.ts';
import { ACTIVITIES, type Activity, PROPERTIES, propertyChange } from './corpus-audits.ts';

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
] as const;

/** Error code by weight (per mille). */
const CODES = {
  '0': 860,
  '50126': 35,
  '50074': 25,
  '50076': 20,
  '50140': 15,
  '50053': 3,
  '53003': 6,
  '50057': 2,
  '50158': 6,
  '50097': 4,
  '500121': 5,
  '50155': 2,
  '65001': 3,
  '700016': 2,
  '50173': 6,
  '70044': 6,
} as const;

const REASONS: Readonly<Record<string, string>> = {
  '0': 'Other.',
  '50126': 'Error validating credentials due to invalid username or password.',
  '50074': 'Strong Authentication is required.',
  '50076':
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
  '50140': "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
  '50053': "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
  '53003': 'Access has been blocked by Conditional Access policies.',
  '50057': 'User account is disabled. The account has been disabled by an administrator.',
  '50158': 'ExternalSecurityChallenge - External security challenge was not satisfied',
  '50097': 'Device authentication is required',
  '500121': 'Authentication failed during strong authentication request.',
  '50155': 'DeviceAuthenticationFailed',
  '65001': 'The user or administrator has not consented to use the application.',
  '700016': 'Application was not found in the directory.',
  '50173': 'The provided grant has expired due to it being revoked.',
  '70044': 'The session has expired or is invalid due to sign-in frequency checks by conditional access.',
};

const CLIENTS = {
  Browser: 520,
  'Mobile Apps and Desktop clients': 460,
  'Exchange ActiveSync': 8,
  IMAP: 3,
  POP3: 1,
  SMTP: 4,
  'Other client': 4,
} as const;

const APPS = [
  'Office 365 Exchange Online',
  'Microsoft Teams',
  'SharePoint Online',
  'Azure Portal',
  'Microsoft Office',
  'OneDrive SyncEngine',
  'Outlook Mobile',
  'Microsoft Authenticator',
] as const;

const CITIES: Readonly<Record<Country, readonly [city: string, state: string, latitude: number, longitude: number]>> = {
  US: ['Washington', 'District Of Columbia', 38.9, -77],
  DE: ['Berlin', 'Berlin', 52.5, 13.4],
  FR: ['Paris', 'Ile-De-France', 48.9, 2.3],
  GB: ['London', 'England', 51.5, -0.1],
  ES: ['Madrid', 'Madrid', 40.4, -3.7],
  JP: ['Tokyo', 'Tokyo', 35.7, 139.7],
};

const TENANT = '11111111-2222-4333-a444-555555555555';
const RISKS = ['unfamiliarFeatures', 'anonymizedIPAddress', 'unlikelyTravel', 'passwordSpray', 'newCountry'] as const;

/**
 * One sign-in: mostly from one of the person's own places, one in a hundred from a journey. All members that Microsoft
 * documents for the beta signIn, in the order of its example.
 */
export function signInRecord(
  person: Person,
  at: string,
  random: Random,
  version: 'beta' | 'v1.0',
): Record<string, unknown> {
  const record = betaSignIn(person, at, random);
  if (version === 'beta') return record;
  const members = Object.entries(record).filter(([name]) => V1_MEMBERS.has(name));
  return { ...Object.fromEntries(members), appliedConditionalAccessPolicies: [] };
}

/** The members of a v1.0 signIn. */
const V1_MEMBERS: ReadonlySet<string> = new Set(
  [
    'id createdDateTime userDisplayName userPrincipalName userId appId appDisplayName ipAddress clientAppUsed correlationId',
    'conditionalAccessStatus isInteractive riskDetail riskLevelAggregated riskLevelDuringSignIn riskState riskEventTypes',
    'riskEventTypes_v2 resourceDisplayName resourceId status deviceDetail location appliedConditionalAccessPolicies',
  ].flatMap((line) => line.split(' ')),
);

function betaSignIn(person: Person, at: string, random: Random): Record<string, unknown> {
  const code = weighted(CODES, random);
  const travels = random.chance(0.01);
  const risk = random.chance(0.004) ? 'medium' : 'none';
  const single = random.chance(0.12);
  const app = random.pick(APPS);
  const interactive = random.chance(0.5);
  return {
    id: random.uuid(),
    createdDateTime: at,
    userDisplayName: person.name,
    userPrincipalName: person.upn,
    userId: person.id,
    appId: TENANT,
    appDisplayName: app,
    ipAddress: travels ? `198.51.100.${random.int(1, 254)}` : random.pick(person.addresses),
    ipAddressFromResourceProvider: null,
    clientAppUsed: weighted(CLIENTS, random),
    userAgent: random.pick(AGENTS),
    correlationId: random.uuid(),
    conditionalAccessStatus: code === '53003' ? 'failure' : random.chance(0.6) ? 'success' : 'notApplied',
    originalRequestId: '',
    isInteractive: interactive,
    tokenIssuerName: '',
    tokenIssuerType: 'AzureAD',
    clientCredentialType: 'none',
    processingTimeInMilliseconds: random.int(50, 900),
    riskDetail: 'none',
    riskLevelAggregated: risk,
    riskLevelDuringSignIn: risk,
    riskState: risk === 'none' ? 'none' : 'atRisk',
    riskEventTypes: [],
    riskEventTypes_v2: risk === 'none' ? [] : ['unfamiliarFeatures'],
    resourceDisplayName: random.chance(0.003) ? 'Device Registration Service' : app,
    resourceId: TENANT,
    resourceTenantId: TENANT,
    homeTenantId: TENANT,
    homeTenantName: '',
    authenticationMethodsUsed: [],
    authenticationRequirement: single ? 'singleFactorAuthentication' : 'multiFactorAuthentication',
    signInIdentifier: '',
    signInIdentifierType: null,
    servicePrincipalName: null,
    signInEventTypes: [interactive ? 'interactiveUser' : 'nonInteractiveUser'],
    servicePrincipalId: '',
    federatedCredentialId: '',
    userType: 'member',
    flaggedForReview: false,
    isTenantRestricted: false,
    autonomousSystemNumber: travels ? 64511 : 64500,
    crossTenantAccessType: 'none',
    servicePrincipalCredentialKeyId: '',
    servicePrincipalCredentialThumbprint: '',
    uniqueTokenIdentifier: random.uuid().replaceAll('-', '').slice(0, 22),
    incomingTokenType: 'none',
    authenticationProtocol: random.chance(0.002) ? random.pick(['deviceCode', 'ropc']) : 'none',
    resourceServicePrincipalId: random.uuid(),
    signInTokenProtectionStatus: 'none',
    originalTransferMethod: 'none',
    isThroughGlobalSecureAccess: false,
    globalSecureAccessIpAddress: null,
    conditionalAccessAudiences: [],
    sessionId: random.uuid(),
    appOwnerTenantId: TENANT,
    resourceOwnerTenantId: TENANT,
    mfaDetail: null,
    authenticationAppDeviceDetails: null,
    authenticationAppPolicyEvaluationDetails: [],
    status: {
      errorCode: Number(code),
      failureReason: REASONS[code],
      additionalDetails: detailsOf(code, single, random),
    },
    deviceDetail: deviceDetail(random.pick(person.devices), random),
    location: locationOf(travels ? random.pick(['ES', 'JP', 'US', 'FR'] as const) : person.country),
    appliedConditionalAccessPolicies: policies(random),
    authenticationContextClassReferences: [],
    authenticationProcessingDetails: [
      { key: 'Legacy TLS (TLS 1.0, 1.1, 3DES)', value: 'False' },
      { key: 'Is CAE Token', value: random.pick(['True', 'False']) },
    ],
    networkLocationDetails: random.chance(0.3) ? [{ networkType: 'trustedNamedLocation', networkNames: ['HQ'] }] : [],
    authenticationDetails: [authenticationDetail(at, code === '0')],
    authenticationRequirementPolicies: single
      ? []
      : [{ requirementProvider: 'multiConditionalAccess', detail: 'Conditional Access' }],
    sessionLifetimePolicies: [],
    privateLinkDetails: { policyId: '', policyName: '', resourceId: '', policyTenantId: '' },
    appliedEventListeners: [],
  };
}

function authenticationDetail(at: string, succeeded: boolean): Record<string, unknown> {
  return {
    authenticationStepDateTime: at,
    authenticationMethod: 'Previously satisfied',
    authenticationMethodDetail: null,
    succeeded,
    authenticationStepResultDetail: 'First factor requirement satisfied by claim in the token',
    authenticationStepRequirement: '',
  };
}

function detailsOf(code: string, single: boolean, random: Random): string | null {
  if (code === '500121' && random.chance(0.3)) return 'MFA denied; user declined the authentication';
  return code === '0' && !single ? 'MFA requirement satisfied by claim in the token' : null;
}

function deviceDetail(deviceId: string, random: Random): Record<string, unknown> {
  const managed = deviceId !== '' && random.chance(0.8);
  return {
    deviceId,
    displayName: deviceId === '' ? '' : `LAPTOP-${deviceId.slice(0, 8).toUpperCase()}`,
    operatingSystem: random.pick(['Windows 10', 'MacOs', 'Ios 17.5', 'Linux']),
    browser: random.pick(['Edge 126.0.0', 'Safari 17.5', 'Firefox 127.0']),
    isCompliant: managed,
    isManaged: managed,
    trustType: managed ? random.pick(['Azure AD joined', 'Hybrid Azure AD joined']) : '',
  };
}

function locationOf(country: Country): Record<string, unknown> {
  const [city, state, latitude, longitude] = CITIES[country];
  return { city, state, countryOrRegion: country, geoCoordinates: { altitude: null, latitude, longitude } };
}

/** Every policy of the tenant is listed with every sign-in, applied or not. Eight are a small tenant's. */
function policies(random: Random): Record<string, unknown>[] {
  return POLICIES.map(({ id, displayName }) => ({
    id,
    displayName,
    enforcedGrantControls: ['Mfa'],
    enforcedSessionControls: [],
    result: random.pick(['success', 'notApplied', 'notEnabled']),
    conditionsSatisfied: 'application,users',
    conditionsNotSatisfied: 'none',
    includeRulesSatisfied: [],
    excludeRulesSatisfied: [],
  }));
}

const POLICIES = [
  'CA001: Require MFA for all users',
  'CA002: Block legacy authentication',
  'CA003: Require compliant device',
  'CA004: Require MFA for admins',
  'CA005: Block unknown locations',
  'CA006: Require terms of use',
  'CA007: Require MFA for security info registration',
  'CA008: Sign-in frequency for unmanaged devices',
].map((displayName, index) => ({ id: `00000000-0000-4000-8000-00000000000${index}`, displayName }));

/** One directory audit: `by` does something to `target`, or an application does. */
export function auditRecord(by: Person, target: Person, at: string, random: Random): Record<string, unknown> {
  const activity = weighted(ACTIVITIES, random) as Activity;
  const [category, service, operation] = PROPERTIES[activity];
  const failed = random.chance(0.03);
  const type = category === 'Device' ? 'Device' : category === 'ApplicationManagement' ? 'ServicePrincipal' : 'User';
  return {
    id: `Directory_${random.uuid()}_${random.int(0, 99_999)}`,
    category,
    correlationId: random.uuid(),
    result: failed ? 'failure' : 'success',
    resultReason: failed ? 'Microsoft.Online.Workflows.ValidationException' : '',
    activityDisplayName: activity,
    activityDateTime: at,
    loggedByService: service,
    operationType: operation,
    initiatedBy: random.chance(0.35) ? licensing(random) : { app: null, user: initiator(by) },
    targetResources: [
      {
        id: target.id,
        displayName: target.name,
        type,
        userPrincipalName: type === 'User' ? target.upn : null,
        groupType: null,
        modifiedProperties: Array.from({ length: random.int(1, 3) }, () => propertyChange(activity, random)),
      },
    ],
    additionalDetails: [
      { key: 'UserType', value: 'Member' },
      { key: 'User-Agent', value: random.pick(AGENTS) },
    ],
  };
}

function initiator(person: Person): Record<string, unknown> {
  return {
    id: person.id,
    displayName: person.name,
    userPrincipalName: person.upn,
    ipAddress: person.addresses[0],
    userType: 'Member',
    homeTenantId: null,
    homeTenantName: null,
  };
}

function licensing(random: Random): Record<string, unknown> {
  const displayName = 'Microsoft Azure AD Group-Based Licensing';
  return {
    user: null,
    app: { appId: null, displayName, servicePrincipalId: random.uuid(), servicePrincipalName: null },
  };
}

/** One risk detection. */
export function riskRecord(person: Person, at: string, random: Random): Record<string, unknown> {
  return {
    id: `${random.uuid()}${random.uuid()}`.replaceAll('-', ''),
    requestId: random.uuid(),
    correlationId: random.uuid(),
    riskEventType: random.pick(RISKS),
    riskState: 'atRisk',
    riskLevel: random.pick(['low', 'medium', 'high']),
    riskDetail: 'none',
    source: 'IdentityProtection',
    detectionTimingType: 'realtime',
    activity: 'signin',
    tokenIssuerType: 'AzureAD',
    ipAddress: `198.51.100.${random.int(1, 254)}`,
    activityDateTime: at,
    detectedDateTime: at,
    lastUpdatedDateTime: at,
    userId: person.id,
    userDisplayName: person.name,
    userPrincipalName: person.upn,
    additionalInfo: JSON.stringify([{ Key: 'userAgent', Value: AGENTS[0] }]),
    location: locationOf('JP'),
  };
}
