/** Directory audits in Graph's shape. */
import type { Device } from './devices.ts';
import type { Account, Scene } from './options.ts';
import type { Spot } from './places.ts';
import { fraction } from './sign-in-shape.ts';

/** A `modifiedProperties` entry; values are JSON inside strings, as Entra writes them. */
export interface Modified {
  readonly displayName: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
}

/** Who did it and from where. The account itself unless said otherwise. */
export interface Doer {
  readonly account: Account;
  /** Empty where Entra writes none. */
  readonly ip: string;
  readonly userAgent?: string;
}

/** What differs from one audit record to the next. */
export interface Audit {
  readonly account: Account;
  readonly at: number;
  readonly activity: string;
  readonly service: string;
  /** One per action of the person; absent = its own. */
  readonly correlationId?: string;
  readonly doer?: Doer;
  /** Display name of the application that did it, instead of a person. */
  readonly app?: string;
  readonly failed?: boolean;
  readonly reason?: string;
  readonly category?: string;
  readonly operation?: string;
  readonly modified?: readonly Modified[];
  readonly details?: Readonly<Record<string, string>>;
  /** False for passkey records, whose target has no id. */
  readonly targetId?: boolean;
  /** Targets instead of the account itself. */
  readonly targets?: readonly Record<string, unknown>[];
}

const PREFIX: Readonly<Record<string, string>> = {
  'Core Directory': 'Directory',
  'Self-service Password Management': 'SSPR',
};

/** Writes one audit record. */
export function audit(scene: Scene, facts: Audit): void {
  const { random } = scene;
  const correlationId = facts.correlationId ?? random.uuid();
  const tail = random
    .int(0, 36 ** 5 - 1)
    .toString(36)
    .toUpperCase()
    .padStart(5, '0');
  const details = Object.entries(facts.details ?? {}).map(([key, value]) => ({ key, value }));
  scene.put('directory-audits', facts.at, {
    id: `${PREFIX[facts.service] ?? facts.service}_${correlationId}_${tail}_${random.int(1_000_000, 999_999_999)}`,
    category: facts.category ?? 'UserManagement',
    correlationId,
    result: facts.failed ? 'failure' : 'success',
    resultReason: facts.reason ?? '',
    activityDisplayName: facts.activity,
    activityDateTime: fraction(facts.at, random.int(0, 9999)),
    loggedByService: facts.service,
    operationType: facts.operation ?? 'Update',
    ...(facts.doer?.userAgent !== undefined && { userAgent: facts.doer.userAgent }),
    initiatedBy: initiatedBy(facts),
    targetResources: facts.targets ?? [targetOf(facts)],
    additionalDetails: details,
  });
}

function initiatedBy({ app, doer }: Audit): Record<string, unknown> {
  if (app !== undefined) {
    return { user: null, app: { appId: null, displayName: app, servicePrincipalId: null, servicePrincipalName: null } };
  }
  if (!doer) return { user: null, app: null };
  const { id, upn } = doer.account;
  return { app: null, user: { id, displayName: null, userPrincipalName: upn, ipAddress: doer.ip } };
}

function targetOf({ account, modified = [], targetId = true }: Audit): Record<string, unknown> {
  return {
    id: targetId ? account.id : null,
    displayName: null,
    type: 'User',
    userPrincipalName: account.upn,
    groupType: null,
    modifiedProperties: modified,
  };
}

/** The account itself, at this address. */
export function self(account: Account, spot: Spot, device?: Device): Doer {
  return { account, ip: spot.ip, ...(device && { userAgent: device.userAgent }) };
}

/** A record of the Authentication Methods service. */
export function securityInfo(
  scene: Scene,
  facts: Pick<Audit, 'account' | 'at' | 'activity'> & Partial<Audit> & { readonly method?: string },
): void {
  const { method, ...rest } = facts;
  audit(scene, {
    service: 'Authentication Methods',
    ...rest,
    ...(method !== undefined && { details: { AuthenticationMethod: method } }),
  });
}

/** The recovery phone of an account becomes another one (`null` = none). */
export function phoneChange(
  scene: Scene,
  facts: Pick<Audit, 'account' | 'at' | 'doer'> & { readonly from: string | null; readonly to: string | null },
): void {
  const entry = (phone: string | null) =>
    JSON.stringify([{ PhoneNumber: phone, AlternativePhoneNumber: null, Email: null, VoiceOnlyPhoneNumber: null }]);
  const { account, at, doer } = facts;
  audit(scene, {
    account,
    at,
    ...(doer && { doer }),
    activity: 'Update user',
    service: 'Core Directory',
    modified: [
      { displayName: 'StrongAuthenticationUserDetails', oldValue: entry(facts.from), newValue: entry(facts.to) },
      { displayName: 'Included Updated Properties', oldValue: null, newValue: '"StrongAuthenticationUserDetails"' },
      { displayName: 'TargetId.UserType', oldValue: null, newValue: '"Member"' },
    ],
    details: { UserType: 'Member' },
  });
}
