/** Sign-ins in Graph's (beta) shape. */
import type { Device } from './devices.ts';
import type { Account, Scene } from './options.ts';
import type { Spot } from './places.ts';

/** What differs from one sign-in to the next. */
export interface SignIn {
  readonly account: Account;
  readonly at: number;
  readonly spot: Spot;
  readonly device: Device;
  /** Entra error code; 0 or absent = success. */
  readonly code?: number;
  readonly app?: keyof typeof APPS;
  /** `IMAP4` and the like for old protocols. */
  readonly client?: string;
  /** False for token refreshes that no person sees. */
  readonly interactive?: boolean;
  /** How the second factor was given, if it was. */
  readonly factor?: string;
  readonly risk?: string;
}

const APPS = {
  'Office 365 Exchange Online': '00000002-0000-0ff1-ce00-000000000000',
  'Office 365 SharePoint Online': '00000003-0000-0ff1-ce00-000000000000',
  'Microsoft Teams': '1fec8e78-bce4-4aaf-ab1b-5451cc387264',
  'One Outlook Web': '9199bf20-a13f-4107-85dc-02114787ef48',
  OfficeHome: '4765445b-32c6-49b0-83e6-1d93765276ca',
  'My Signins': '19db86c3-b2b9-44cc-b339-36da233a3be2',
} as const;

/** Names of the applications that people use. */
export const APP_NAMES = Object.keys(APPS) as readonly (keyof typeof APPS)[];

const TENANT = '9a6b1f5e-2f43-4c1d-8f0e-3b5d7c9e1a24';

/** Microsoft's texts, as the log shows them. */
const FAILURES: Readonly<Record<number, readonly [reason: string, details: string]>> = {
  50126: [
    'Error validating credentials due to invalid username or password.',
    "The user didn't enter the right credentials.",
  ],
  50053: ['Account is locked because user tried to sign in too many times with an incorrect user ID or password.', ''],
  50055: [
    'Invalid password, entered expired password.',
    "The user's password is expired, and therefore their login or session was ended.",
  ],
  50072: ['User needs to enroll for second factor authentication (interactive).', ''],
  50074: ['Strong Authentication is required.', 'The user did not pass the MFA challenge.'],
  50076: [
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.',
    '',
  ],
  50079: ['User needs to enroll for second factor authentication.', ''],
  50140: ["This occurred due to 'Keep me signed in' interrupt when the user was signing in.", ''],
  50158: ['External security challenge was not satisfied.', ''],
  53003: [
    'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    '',
  ],
  500121: [
    'Authentication failed during strong authentication request.',
    'MFA denied; user declined the authentication',
  ],
};

/** Writes one sign-in and returns its id, so that a risk detection can name it. */
export function signIn(scene: Scene, facts: SignIn): { id: string; correlationId: string } {
  const id = scene.random.uuid();
  const correlationId = scene.random.uuid();
  scene.put('sign-ins', facts.at, signInRecord(scene, facts, id, correlationId));
  return { id, correlationId };
}

/** One literal, so that the shape can be read at a glance; members that nothing here would vary are left out. */
function signInRecord(scene: Scene, facts: SignIn, id: string, correlationId: string): Record<string, unknown> {
  const {
    account,
    device,
    spot,
    code = 0,
    app = 'One Outlook Web',
    client = 'Browser',
    interactive = true,
    factor,
  } = facts;
  const legacy = client !== 'Browser' && client !== 'Mobile Apps and Desktop clients';
  const [failureReason, additionalDetails] = FAILURES[code] ?? ['Other.', ''];
  const risk = facts.risk === undefined ? 'none' : 'medium';
  return {
    id,
    createdDateTime: seconds(facts.at),
    userDisplayName: account.name,
    userPrincipalName: account.upn,
    userId: account.id,
    appId: APPS[app],
    appDisplayName: app,
    ipAddress: spot.ip,
    clientAppUsed: client,
    userAgent: legacy ? '' : device.userAgent,
    correlationId,
    conditionalAccessStatus: code === 53003 ? 'failure' : code === 0 ? 'success' : 'notApplied',
    authenticationProtocol: legacy ? 'ropc' : 'none',
    isInteractive: interactive,
    homeTenantId: TENANT,
    riskDetail: 'none',
    riskLevelAggregated: risk,
    riskLevelDuringSignIn: risk,
    riskState: facts.risk === undefined ? 'none' : 'atRisk',
    riskEventTypes_v2: facts.risk === undefined ? [] : [facts.risk],
    resourceDisplayName: 'Microsoft Graph',
    authenticationRequirement:
      factor || code === 50074 || code === 500121 ? 'multiFactorAuthentication' : 'singleFactorAuthentication',
    signInEventTypes: [interactive ? 'interactiveUser' : 'nonInteractiveUser'],
    sessionId: code === 0 ? scene.random.uuid() : null,
    userType: 'member',
    autonomousSystemNumber: spot.asn,
    status:
      code === 0
        ? { errorCode: 0, failureReason: 'Other.', additionalDetails: factor ? 'MFA completed in Azure AD' : null }
        : { errorCode: code, failureReason, additionalDetails },
    deviceDetail: legacy ? NO_DEVICE : deviceDetail(device),
    location: locationOf(spot),
    authenticationDetails: authenticationSteps(facts.at, code, factor),
  };
}

const NO_DEVICE = {
  deviceId: '',
  displayName: '',
  operatingSystem: '',
  browser: '',
  isCompliant: false,
  isManaged: false,
  trustType: '',
};

function deviceDetail(device: Device): Record<string, unknown> {
  return {
    deviceId: device.id,
    displayName: device.name,
    operatingSystem: device.system,
    browser: device.browser,
    isCompliant: device.managed,
    isManaged: device.managed,
    trustType: device.managed ? 'Azure AD joined' : device.id ? 'Azure AD registered' : '',
  };
}

/** `location` of sign-ins and risk detections. */
export function locationOf({ city }: Spot): Record<string, unknown> {
  const { latitude, longitude } = city;
  return {
    city: city.name,
    state: city.state,
    countryOrRegion: city.country,
    geoCoordinates: { altitude: null, latitude, longitude },
  };
}

function authenticationSteps(at: number, code: number, factor: string | undefined): Record<string, unknown>[] {
  const wrong = code === 50126 || code === 50053;
  const step = (method: string, succeeded: boolean, result: string, requirement: string) => ({
    authenticationStepDateTime: seconds(at),
    authenticationMethod: method,
    authenticationMethodDetail: method === 'Password' ? 'Password in the cloud' : null,
    succeeded,
    authenticationStepResultDetail: result,
    authenticationStepRequirement: requirement,
  });
  const first = step(
    'Password',
    !wrong,
    wrong ? 'Invalid username or password' : 'Correct password',
    'Primary authentication',
  );
  if (code === 500121)
    return [
      first,
      step(
        'Mobile app notification',
        false,
        'MFA denied; user declined the authentication',
        'Multifactor authentication',
      ),
    ];
  if (code !== 0 || !factor) return [first];
  return [first, step(factor, true, 'MFA successfully completed', 'Multifactor authentication')];
}

/** `2026-09-01T07:15:02Z`, as sign-ins write it. */
export function seconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Seven digits after the second, as audits write it; `ticks` are the last four. */
export function fraction(at: number, ticks: number): string {
  return `${new Date(at).toISOString().slice(0, 23)}${String(ticks).padStart(4, '0')}Z`;
}
