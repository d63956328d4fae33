import { compact, type Fields, firstGiven, flag, fromJson, given, isObject, rowId, wholeNumber } from './columns.ts';

/**
 * Entra's records of the unified audit log as Graph writes the same event. `Actor` and `Target` are lists of
 * `{ID, Type}`; types as in the Office 365 Management Activity API schema (claim 0,
 * name 1, other 2, PUID 3, SPN 4, UPN 5).
 */
const NAME = 1;
const OTHER = 2;
const UPN = 5;

interface Identity {
  readonly ID: string;
  readonly Type: number;
}

function identities(value: unknown): readonly Identity[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const id = isObject(item) ? given(item.ID ?? item.Id ?? item.id) : undefined;
    const type = isObject(item) ? wholeNumber(item.Type ?? item.type) : undefined;
    return id === undefined ? [] : [{ ID: id, Type: type ?? -1 }];
  });
}

const of = (list: readonly Identity[], type: number): string | undefined => list.find((item) => item.Type === type)?.ID;

/** Object id and kind from `User_<id>`, `ServicePrincipal_<id>` and the like. */
function reference(list: readonly Identity[]): { readonly kind?: string; readonly id?: string } {
  for (const { ID, Type } of list) {
    const match = Type === OTHER ? /^([A-Za-z]+)_(.+)$/.exec(ID) : null;
    if (match?.[1] && match[2]) return { kind: match[1], id: match[2] };
  }
  const id = list.find(({ ID }) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(ID))?.ID;
  const kind = list.find(({ ID, Type }) => Type === OTHER && /^[A-Z][A-Za-z]+$/.test(ID))?.ID;
  return compact({ kind, id }) as { kind?: string; id?: string };
}

/** Value of an entry of `ExtendedProperties`, `DeviceProperties` and the like, whose `Name` is `name`. */
function property(list: unknown, name: string): unknown {
  if (!Array.isArray(list)) return undefined;
  const found = list.find((item) => isObject(item) && given(item.Name)?.toLowerCase() === name.toLowerCase());
  return isObject(found) ? found.Value : undefined;
}

/** Graph's category by the word that the unified audit log has for it. */
const CATEGORIES: Readonly<Record<string, string>> = {
  user: 'UserManagement',
  group: 'GroupManagement',
  application: 'ApplicationManagement',
  serviceprincipal: 'ApplicationManagement',
  role: 'RoleManagement',
  device: 'Device',
  policy: 'Policy',
  directory: 'DirectoryManagement',
};

/** A directory change (record type 8: `Update user.`, `Reset user password.`, …) as directoryAudit. */
export function auditFromUnified(audit: Fields, operation: string): Fields {
  const targets = identities(audit.Target);
  const target = reference(targets);
  const objectId = given(audit.ObjectId);
  const category = given(property(audit.ExtendedProperties, 'extendedAuditEventCategory'))?.toLowerCase();
  return compact({
    id: given(audit.Id) ?? rowId([audit.InterSystemsId, audit.CreationTime], audit),
    category: category === undefined ? undefined : (CATEGORIES[category] ?? category),
    correlationId: given(audit.InterSystemsId),
    result: /^(success|succeeded|true|partiallysucceeded)$/i.test(given(audit.ResultStatus) ?? '')
      ? 'success'
      : 'failure',
    resultReason: given(audit.ResultStatusDetail) ?? '',
    activityDisplayName: operation,
    // As it was written, mostly with a last dot: published rules ask for it with the dot.
    operation: given(audit.Operation),
    activityDateTime: audit.CreationTime,
    loggedByService: 'Core Directory',
    initiatedBy: initiatedBy(audit),
    targetResources: [
      compact({
        id: target.id,
        displayName: of(targets, NAME) ?? null,
        type: target.kind ?? (objectId?.includes('@') ? 'User' : undefined),
        userPrincipalName: of(targets, UPN) ?? (objectId?.includes('@') ? objectId : undefined),
        modifiedProperties: modifiedProperties(audit.ModifiedProperties),
      }),
    ],
    additionalDetails: additionalDetails(audit.ExtendedProperties),
  });
}

function initiatedBy(audit: Fields): Fields {
  const actors = identities(audit.Actor);
  const actor = reference(actors);
  const userId = given(audit.UserId);
  const upn = of(actors, UPN) ?? (userId?.includes('@') ? userId : undefined);
  const ipAddress = firstGiven(audit.ActorIpAddress, audit.ClientIP);
  if (upn === undefined && (actor.kind ?? '').toLowerCase() !== 'user') {
    return { app: compact({ displayName: of(actors, NAME) ?? null, servicePrincipalId: actor.id }), user: null };
  }
  return { app: null, user: compact({ id: actor.id, userPrincipalName: upn, ipAddress }) };
}

function modifiedProperties(list: unknown): readonly Fields[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).map((item) => ({
    displayName: item.Name,
    oldValue: compactJson(item.OldValue),
    newValue: compactJson(item.NewValue),
  }));
}

/** The unified audit log indents JSON in values; Graph writes the same without blanks. */
function compactJson(value: unknown): unknown {
  const parsed = fromJson(value);
  if (typeof parsed === 'object' && parsed !== null) return JSON.stringify(parsed);
  return value === '' ? null : value;
}

function additionalDetails(properties: unknown): readonly Fields[] {
  const details = fromJson(property(properties, 'additionalDetails'));
  if (!isObject(details)) return [];
  return Object.entries(details).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}

/** A failed sign-in whose code the record does not say. Not 0, and no code that Entra uses. */
export const UNKNOWN_FAILURE = 1;

/** Codes for the words of `LogonError`, for records without `ErrorNumber` (Entra's AADSTS reference lists both). */
const LOGON_ERRORS: Readonly<Record<string, number>> = {
  useraccountnotfound: 50034,
  idslocked: 50053,
  invalidpasswordexpiredpassword: 50055,
  userdisabled: 50057,
  userstrongauthenrollmentrequiredinterrupt: 50072,
  userstrongauthclientauthnrequiredinterrupt: 50074,
  userstrongauthclientauthnrequired: 50076,
  userstrongauthexpired: 50078,
  userstrongauthenrollmentrequired: 50079,
  flowtokenexpired: 50089,
  invalidusernameorpassword: 50126,
  ssoartifactrevoked: 50133,
  kmsiinterrupt: 50140,
  invalidpasswordexpiredonprempassword: 50144,
  externalsecuritychallenge: 50158,
  devicenotcompliant: 53000,
  devicenotdomainjoined: 53001,
  blockedbyconditionalaccess: 53003,
};

/**
 * A sign-in (record type 15: UserLoggedIn, UserLoginFailed) as signIn. `ResultStatus` says "Success" on failed ones
 * too: only the operation and the error number tell.
 */
export function signInFromUnified(audit: Fields, operation: string): Fields {
  const actors = identities(audit.Actor);
  const targets = identities(audit.Target);
  const failed = operation.toLowerCase() === 'userloginfailed';
  const logonError = given(audit.LogonError);
  const byWord = logonError === undefined ? undefined : LOGON_ERRORS[logonError.toLowerCase()];
  const number = wholeNumber(audit.ErrorNumber);
  const errorCode = failed ? number || byWord || UNKNOWN_FAILURE : (number ?? 0);
  const detail = given(property(audit.ExtendedProperties, 'ResultStatusDetail'));
  const userId = given(audit.UserId);
  return compact({
    id: given(audit.Id) ?? rowId([audit.InterSystemsId, audit.CreationTime], audit),
    createdDateTime: audit.CreationTime,
    correlationId: given(audit.InterSystemsId),
    userId: userObjectId(audit, actors),
    userPrincipalName: of(actors, UPN) ?? (userId?.includes('@') ? userId : undefined),
    appId: given(audit.ApplicationId),
    resourceId: firstGiven(targets[0]?.ID, audit.ObjectId),
    ipAddress: firstGiven(audit.ActorIpAddress, audit.ClientIP),
    userAgent: firstGiven(property(audit.ExtendedProperties, 'UserAgent'), audit.UserAgent),
    requestType: given(property(audit.ExtendedProperties, 'RequestType')),
    status: compact({ errorCode, failureReason: logonError, additionalDetails: detail }),
    deviceDetail: deviceDetail(audit.DeviceProperties),
  });
}

function userObjectId(audit: Fields, actors: readonly Identity[]): string | undefined {
  const isId = (text: string | undefined) => text !== undefined && /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text);
  const key = given(audit.UserKey);
  return isId(key) ? key : (actors.find((actor) => isId(actor.ID))?.ID ?? undefined);
}

function deviceDetail(properties: unknown): Fields | undefined {
  if (!Array.isArray(properties)) return undefined;
  const compliantAndManaged = flag(property(properties, 'IsCompliantAndManaged'));
  return compact({
    deviceId: given(property(properties, 'Id')) ?? '',
    displayName: given(property(properties, 'DisplayName')),
    operatingSystem: given(property(properties, 'OS')),
    browser: given(property(properties, 'BrowserType')),
    isCompliant: flag(property(properties, 'IsCompliant')) ?? compliantAndManaged,
    isManaged: compliantAndManaged,
    trustType: given(property(properties, 'TrustType')),
  });
}
