/** Security info: which sign-in or recovery method an audit record adds, removes or changes. */
import { objects, type RawRecord, text, unwrapJson } from './record.ts';

/** What was done. `reviewed` and `started` change nothing. */
export type MethodAction = 'added' | 'removed' | 'updated' | 'default_changed' | 'started' | 'canceled' | 'reviewed';

/** What kind of method. */
export type MethodType =
  | 'phone'
  | 'email'
  | 'authenticator'
  | 'totp'
  | 'passkey'
  | 'tap'
  | 'app_password'
  | 'windows_hello'
  | 'questions'
  | 'other';

/** `postern.method`. */
export interface MethodChange {
  readonly action: MethodAction;
  readonly type?: MethodType;
}

/** Activities of the Authentication Methods service; the type stands in the reason or in the details. */
const SECURITY_INFO: Readonly<Record<string, MethodAction>> = {
  'user registered security info': 'added',
  'admin registered security info': 'added',
  'security info saved for self-service password reset': 'added',
  // The third record of one enrollment: says that nothing is missing any more, adds nothing.
  'user registered all required security info': 'reviewed',
  'user registered for self-service password reset': 'reviewed',
  'user reviewed security info': 'reviewed',
  'user started security info registration': 'started',
  'user started security info registration for self-service password reset': 'started',
  'user canceled security info registration': 'canceled',
  'user cancelled security info registration': 'canceled',
  'user updated security info': 'updated',
  'admin updated security info': 'updated',
  'user deleted security info': 'removed',
  'admin deleted security info': 'removed',
  'user changed default security info': 'default_changed',
};

/** Activities that name the method themselves. Names change over the years, so the start is enough. */
const NAMED: readonly (readonly [RegExp, MethodType])[] = [
  [/^(add|delete|remove) (?:passkey|fido2)/, 'passkey'],
  [/^(add|delete|remove) windows hello for business/, 'windows_hello'],
  [/^(add|delete|remove) passwordless phone sign-?in/, 'authenticator'],
  [/^(add|delete|remove) platform credential/, 'other'],
  [/^(create|delete) temporary access pass/, 'tap'],
  [/^(create|delete) application password for user/, 'app_password'],
  [/^(delete) all available strong authentication devices/, 'other'],
];

/** In order: the first that matches names the type. */
const TYPES: readonly (readonly [RegExp, MethodType])[] = [
  [/temporary ?access ?pass|\btap\b/, 'tap'],
  [/passkey|fido|security key|webauthn/, 'passkey'],
  [/windows ?hello|hello ?for ?business/, 'windows_hello'],
  [/app(?:lication)? ?password/, 'app_password'],
  [/question/, 'questions'],
  [/e-?mail/, 'email'],
  [/authenticator|mobile app|phone ?app|passwordless|push/, 'authenticator'],
  [/oath|totp|token|one-?time/, 'totp'],
  [/phone|sms|voice|mobile|call/, 'phone'],
];

/** Entra's `StrongAuthenticationMethod` numbers (Microsoft Graph metadata, StrongAuthenticationMethodType). */
const METHOD_NUMBERS: Readonly<Record<number, MethodType>> = {
  0: 'phone',
  1: 'phone',
  2: 'phone',
  3: 'phone',
  4: 'phone',
  5: 'phone',
  6: 'authenticator',
  7: 'totp',
};

/** The type that a text names: a reason, an `AuthenticationMethod` detail, a Graph type name. */
export function methodTypeOf(name: string | undefined): MethodType {
  const lower = name?.toLowerCase() ?? '';
  return TYPES.find(([pattern]) => pattern.test(lower))?.[1] ?? 'other';
}

/**
 * What a successful record of this activity does to the account's methods; `undefined` when it is about none.
 * @param activity Activity name, lower case, trimmed.
 */
export function methodChange(
  activity: string,
  facts: { readonly reason: () => string | undefined },
  details: () => readonly RawRecord[],
): MethodChange | undefined {
  const action = SECURITY_INFO[activity];
  if (action) {
    const reason = facts.reason();
    const said = detail(details(), 'authenticationmethod') ?? (reason?.includes(' ') ? reason : undefined);
    return said === undefined ? { action } : { action, type: methodTypeOf(said) };
  }
  return namedChange(activity);
}

/** Entra has a few hundred activities; more names than this are not activities. */
const REMEMBERED = 2048;
const named = new Map<string, MethodChange | null>();

function namedChange(activity: string): MethodChange | undefined {
  const known = named.get(activity);
  if (known !== undefined) return known ?? undefined;
  if (named.size >= REMEMBERED) named.clear();
  const change = readName(activity);
  named.set(activity, change ?? null);
  return change;
}

function readName(activity: string): MethodChange | undefined {
  for (const [pattern, type] of NAMED) {
    const verb = pattern.exec(activity)?.[1];
    if (verb) return { action: verb === 'add' || verb === 'create' ? 'added' : 'removed', type };
  }
  return undefined;
}

/** The modified properties that are read here, lower case. */
export const METHOD_PROPERTIES: readonly string[] = [
  'strongauthenticationmethod',
  'strongauthenticationphoneappdetail',
];

/**
 * What `Update user` says of methods. Methods are compared, not texts: Authenticator rewrites its own entry (clock
 * drift, last use) all day, and that changes nothing.
 */
export function methodChangeOfProperties(properties: readonly RawRecord[]): MethodChange | undefined {
  for (const property of properties) {
    const name = text(property.displayName)?.toLowerCase();
    if (name === 'strongauthenticationmethod') {
      const change = compareMethods(property.oldValue, property.newValue);
      if (change) return change;
    } else if (name === 'strongauthenticationphoneappdetail') {
      const action = compareSets(devicesIn(property.oldValue), devicesIn(property.newValue));
      if (action) return { action, type: 'authenticator' };
    }
  }
  return undefined;
}

function compareMethods(oldValue: unknown, newValue: unknown): MethodChange | undefined {
  const [before, after] = [methodsIn(oldValue), methodsIn(newValue)];
  const action = compareSets(new Set(before.keys()), new Set(after.keys()));
  if (action) {
    const changed =
      [...after.keys()].find((number) => !before.has(number)) ??
      [...before.keys()].find((number) => !after.has(number));
    return { action, type: METHOD_NUMBERS[changed ?? -1] ?? 'other' };
  }
  const moved = [...after].find(([number, isDefault]) => isDefault && before.get(number) === false);
  return moved ? { action: 'default_changed', type: METHOD_NUMBERS[moved[0]] ?? 'other' } : undefined;
}

function compareSets<T>(before: ReadonlySet<T>, after: ReadonlySet<T>): MethodAction | undefined {
  const added = [...after].some((item) => !before.has(item));
  const removed = [...before].some((item) => !after.has(item));
  if (added) return removed ? 'updated' : 'added';
  return removed ? 'removed' : undefined;
}

/** Method number → is it the default. */
function methodsIn(value: unknown): Map<number, boolean> {
  const parsed = unwrapJson(value);
  return new Map(objects(parsed).map((method) => [Number(method.MethodType), method.Default === true]));
}

/** What tells one registered Authenticator from another; never its drift, versions or times. */
function devicesIn(value: unknown): Set<string> {
  const parsed = unwrapJson(value);
  return new Set(
    objects(parsed).map((device) =>
      [device.Id, device.DeviceId, device.DeviceName].map((part) => part ?? '').join('|'),
    ),
  );
}

function detail(details: readonly RawRecord[], key: string): string | undefined {
  return text(details.find((item) => text(item.key)?.toLowerCase() === key)?.value);
}
