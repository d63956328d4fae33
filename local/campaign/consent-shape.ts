/** Consents in Graph's shape. */
import { audit, type Doer, type Modified } from './audit-shape.ts';
import type { Account, Scene } from './options.ts';

/** What was agreed to. */
export interface Consent {
  readonly account: Account;
  readonly at: number;
  readonly doer: Doer;
  /** Display name of the application. */
  readonly app: string;
  /** Delegated scopes, separated by blanks. */
  readonly scopes: string;
}

/** A user's consent: two records of one action. */
export function consent(scene: Scene, { account, at, doer, app, scopes }: Consent): void {
  const client = scene.random.uuid();
  const action = {
    account,
    doer,
    service: 'Core Directory',
    category: 'ApplicationManagement',
    operation: 'Assign',
    correlationId: scene.random.uuid(),
  };
  const grant = {
    'DelegatedPermissionGrant.Scope': scopes,
    'DelegatedPermissionGrant.ConsentType': 'Principal',
    'ServicePrincipal.ObjectID': client,
  };
  const targets = [principal(client, 'Microsoft Graph', grant), principal(client, app, {})];
  audit(scene, { ...action, at, activity: 'Add delegated permission grant', targets });
  const ids = `Id: ${scene.random.uuid()}, ClientId: ${client}, PrincipalId: ${account.id}, ResourceId: ${scene.random.uuid()}`;
  const agreed = {
    'ConsentContext.IsAdminConsent': 'False',
    'ConsentContext.IsAppOnly': 'False',
    'ConsentAction.Permissions': `[] => [[${ids}, ConsentType: Principal, Scope: ${scopes}, CreatedDateTime: , LastModifiedDateTime ]]; `,
  };
  audit(scene, {
    ...action,
    at: at + 200,
    activity: 'Consent to application',
    targets: [principal(client, app, agreed)],
  });
}

/** A service principal as a target; new values are JSON inside strings. */
function principal(id: string, name: string, values: Readonly<Record<string, string>>): Record<string, unknown> {
  const modifiedProperties = Object.entries(values).map(
    ([displayName, value]): Modified => ({ displayName, oldValue: null, newValue: JSON.stringify(value) }),
  );
  return {
    id,
    displayName: name,
    type: 'ServicePrincipal',
    userPrincipalName: null,
    groupType: null,
    modifiedProperties,
  };
}
