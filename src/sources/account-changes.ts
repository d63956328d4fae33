/** What audit records say of multi-factor state, policies, consents, devices, roles and sessions. */
import { type RawRecord, text, unwrapJson } from './record.ts';

/** `postern.mfa.action`. */
export type MfaAction = 'disabled' | 'enabled' | 'state_changed';
/** `postern.policy.changed`. */
export type PolicyChanged = 'sspr' | 'auth_methods' | 'registration';

/** `postern.consent`. */
export interface Consent {
  /** Delegated scopes, sorted, without repeats. */
  readonly scopes: readonly string[];
  /** True when a scope reads, sends or forwards mail. */
  readonly mail: boolean;
  /** True when an admin consented for everybody, if the record says. */
  readonly admin?: boolean;
}

/** The modified properties that are read here, lower case. */
export const CHANGE_PROPERTIES: readonly string[] = [
  'strongauthenticationrequirement',
  'delegatedpermissiongrant.scope',
  'consentaction.permissions',
  'consentcontext.isadminconsent',
  'role.displayname',
];

const MAIL_SCOPE = /^(?:mail\.|mailboxsettings\.|imap\.|pop\.|smtp\.|ews\.|exchange\.|full_access_as_)/i;

/** Multi-factor switched for the user, by the activity's name alone. */
export function mfaAction(activity: string): MfaAction | undefined {
  switch (activity) {
    case 'disable strong authentication':
      return 'disabled';
    case 'enable strong authentication':
      return 'enabled';
    case 'update per-user multifactor authentication state':
      return 'state_changed';
    default:
      return undefined;
  }
}

/** Per-user multi-factor switched in an `Update user`: `StrongAuthenticationRequirement` emptied or its State set to 0. */
export function mfaActionOfProperties(properties: readonly RawRecord[]): MfaAction | undefined {
  const property = properties.find(
    (item) => text(item.displayName)?.toLowerCase() === 'strongauthenticationrequirement',
  );
  if (!property) return undefined;
  const [before, after] = [isRequired(property.oldValue), isRequired(property.newValue)];
  if (before === after) return undefined;
  return after ? 'enabled' : 'disabled';
}

/** States: 0 disabled, 1 enabled, 2 enforced. */
function isRequired(value: unknown): boolean {
  const parsed = unwrapJson(value);
  const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return items.some((item) => Number((item as RawRecord | null)?.State ?? 0) > 0);
}

/** Which policy that recovery depends on was changed, by activity name (lower case) and service. */
export function policyChanged(activity: string, service: string | undefined): PolicyChanged | undefined {
  if (/registration (?:policy|campaign)/.test(activity)) return 'registration';
  if (/authentication (?:methods?|strength) policy/.test(activity)) return 'auth_methods';
  if (/(?:password reset|sspr|password writeback).*(?:policy|polic|setting|directory)/.test(activity)) return 'sspr';
  const isSspr = service?.toLowerCase() === 'self-service password management';
  return isSspr && /policy|enable|disable/.test(activity) ? 'sspr' : undefined;
}

/** A consent or delegated grant; `undefined` for other activities. */
export function consentOf(
  activity: string,
  facts: { readonly properties: () => readonly RawRecord[] },
): Consent | undefined {
  if (activity !== 'consent to application' && activity !== 'add delegated permission grant') return undefined;
  const scopes = new Set<string>();
  let admin: boolean | undefined;
  for (const property of facts.properties()) {
    const name = text(property.displayName)?.toLowerCase() ?? '';
    const value = String(unwrapJson(property.newValue) ?? '');
    if (name === 'delegatedpermissiongrant.scope') for (const scope of words(value)) scopes.add(scope);
    else if (name === 'consentaction.permissions') for (const scope of grantedScopes(value)) scopes.add(scope);
    else if (name === 'consentcontext.isadminconsent') admin = value.toLowerCase() === 'true';
  }
  const sorted = [...scopes].sort();
  return {
    scopes: sorted,
    mail: sorted.some((scope) => MAIL_SCOPE.test(scope)),
    ...(admin !== undefined && { admin }),
  };
}

/** `[] => [[Id: …, ConsentType: Principal, Scope:  Mail.Read offline_access, CreatedDateTime: …]]`: after the arrow. */
function grantedScopes(value: string): string[] {
  const granted = value.slice(value.indexOf('=>') + 1);
  return [...granted.matchAll(/\bScope:\s*([^,\]]*)/gi)].flatMap(([, scopes = '']) => words(scopes));
}

function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

const DEVICE_ACTIVITIES = new Set([
  'register device',
  'add device',
  'add registered owner to device',
  'add registered users to device',
]);

/** True when a device was registered. Entra writes up to four records for one. */
export function isDeviceRegistration(activity: string): boolean {
  return DEVICE_ACTIVITIES.has(activity);
}

/** True when somebody was given or activated a directory role, or made eligible for one. Requests do not count yet. */
export function isRoleAssignment(activity: string): boolean {
  return /^add (?:scoped |eligible )?member to role(?:$| outside| in pim completed| completed \(pim activation\))/.test(
    activity,
  );
}

/** Name of the role that was assigned, from the properties of the target. */
export function roleName(properties: readonly RawRecord[]): string | undefined {
  const property = properties.find((item) => text(item.displayName)?.toLowerCase() === 'role.displayname');
  return text(unwrapJson(property?.newValue));
}

/** True when the account's sessions were ended. */
export function isSessionRevocation(activity: string): boolean {
  return activity.startsWith('update stsrefreshtokenvalidfrom') || /^revoke .*(?:session|refresh token)/.test(activity);
}
