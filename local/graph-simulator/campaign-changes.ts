/** What a record of the campaign says happened to the directory and the mailboxes, beside being logged. */
import type { CampaignRecord } from '../campaign.ts';
import { otherMethod, passwordMethod, phoneMethod } from './authentication-method.ts';
import type { Rule } from './mailbox-store.ts';
import type { Change } from './timeline.ts';

/** Finds a user by id or name; undefined for accounts that are none. */
export type FindUser = (key: string) => string | undefined;

/** Changes at the time of the event (epoch ms). */
export interface TimedChanges {
  readonly at: number;
  readonly changes: readonly Change[];
}

type Raw = Readonly<Record<string, unknown>>;

/** Undefined when the record changes nothing. */
export function changesOf({ source, record }: CampaignRecord, findUser: FindUser): TimedChanges | undefined {
  switch (source) {
    case 'directory-audits':
      return timed(record.activityDateTime, auditChanges(record, findUser));
    case 'mailbox-activity':
      return timed(record.createdDateTime, mailboxChanges(record));
    case 'provider-mail':
      return timed(record.receivedDateTime, mailChanges(record, findUser));
    default:
      return undefined;
  }
}

function timed(time: unknown, changes: readonly Change[]): TimedChanges | undefined {
  return changes.length === 0 ? undefined : { at: Date.parse(String(time)), changes };
}

function auditChanges(record: Raw, findUser: FindUser): Change[] {
  const [target] = list(record.targetResources);
  const user = target && findUser(String(target.id ?? target.userPrincipalName));
  if (!target || user === undefined) return [];
  const at = String(record.activityDateTime);
  switch (record.activityDisplayName) {
    case 'Reset user password':
    case 'Change user password':
      return [
        { kind: 'patch', user, change: { lastPasswordChangeDateTime: at } },
        { kind: 'add-method', user, method: passwordMethod(at) },
      ];
    case 'Update StsRefreshTokenValidFrom Timestamp':
      return [{ kind: 'patch', user, change: { signInSessionsValidFromDateTime: at } }];
    case 'Update user':
      return phoneChanges(user, target);
    case 'User registered security info':
    case 'Admin registered security info':
      return registered(user, record, target);
    case 'User deleted security info':
    case 'Admin deleted security info':
      return deleted(user, detail(record, 'AuthenticationMethod'));
    default:
      return [];
  }
}

/** `StrongAuthenticationUserDetails` holds the recovery phone. */
function phoneChanges(user: string, target: Raw): Change[] {
  const details = list(target.modifiedProperties).find(
    ({ displayName }) => displayName === 'StrongAuthenticationUserDetails',
  );
  if (!details) return [];
  const [entry] = list(JSON.parse(String(details.newValue)));
  const phone = entry?.PhoneNumber;
  return [
    typeof phone === 'string'
      ? { kind: 'add-method', user, method: phoneMethod(phone) }
      : { kind: 'remove-methods', user, of: 'phone' },
    { kind: 'touch', user },
  ];
}

function registered(user: string, record: Raw, target: Raw): Change[] {
  const createdDateTime = String(record.activityDateTime);
  const seed = String(record.id);
  const add = (kind: Parameters<typeof otherMethod>[0], facts: Raw): Change[] => [
    { kind: 'add-method', user, method: otherMethod(kind, seed, { createdDateTime, ...facts }) },
  ];
  if (list(target.modifiedProperties).some(({ displayName }) => displayName === 'TemporaryAccessPass.Id')) {
    const facts = { startDateTime: createdDateTime, lifetimeInMinutes: 60, isUsableOnce: true, isUsable: true };
    return add('temporaryAccessPass', facts);
  }
  switch (detail(record, 'AuthenticationMethod')) {
    case 'Microsoft Authenticator':
      return add('microsoftAuthenticator', {
        displayName: 'Phone',
        deviceTag: 'SoftwareTokenActivated',
        phoneAppVersion: '6.8.30',
      });
    case 'Passkey (device-bound)':
      return add('fido2', { displayName: 'Security key', model: 'Example key', passkeyType: 'deviceBound' });
    default:
      // A phone comes with an `Update user` of its own, which has the number.
      return [];
  }
}

function deleted(user: string, method: string | undefined): Change[] {
  if (method === 'Microsoft Authenticator') return [{ kind: 'remove-methods', user, of: 'microsoftAuthenticator' }];
  return method === 'Mobile Phone' ? [{ kind: 'remove-methods', user, of: 'phone' }] : [];
}

/** Parameters of New-InboxRule and what they are called in Graph. */
function mailboxChanges(record: Raw): Change[] {
  if (record.operation !== 'New-InboxRule') return [];
  const { UserKey: user, Parameters } = record.auditData as Raw;
  const values = new Map(list(Parameters).map(({ Name, Value }) => [String(Name), String(Value)] as const));
  const words = (name: string, key: string) => (values.has(name) ? { [key]: values.get(name)?.split(';') } : {});
  const flag = (name: string, key: string) => (values.get(name) === 'True' ? { [key]: true } : {});
  const folder = values.get('MoveToFolder');
  const rule: Rule = {
    id: `rule-${String(record.id)}`,
    displayName: values.get('Name') ?? '',
    isEnabled: true,
    hasError: false,
    isReadOnly: false,
    conditions: {
      ...words('SubjectOrBodyContainsWords', 'bodyOrSubjectContains'),
      ...words('SubjectContainsWords', 'subjectContains'),
    },
    actions: {
      ...flag('DeleteMessage', 'delete'),
      ...flag('MarkAsRead', 'markAsRead'),
      ...flag('StopProcessingRules', 'stopProcessingRules'),
      ...(folder !== undefined && { moveToFolder: `folder-${folder}` }),
    },
  };
  return [{ kind: 'add-rule', user: String(user), rule }];
}

function mailChanges(record: Raw, findUser: FindUser): Change[] {
  const to = String(record.recipientAddress);
  const user = findUser(to);
  if (user === undefined) return [];
  const from = String(record.senderAddress);
  const domain = from.split('@')[1] ?? '';
  const verdict = `spf=pass smtp.mailfrom=${domain}; dkim=pass header.d=${domain}; dmarc=pass action=none header.from=${domain}`;
  const message = {
    id: `AAMk${String(record.id).replaceAll('-', '')}=`,
    receivedDateTime: String(record.receivedDateTime),
    subject: String(record.subject),
    bodyPreview: '',
    from: { emailAddress: { name: from, address: from } },
    toRecipients: [{ emailAddress: { name: to, address: to } }],
    internetMessageId: String(record.messageId),
    internetMessageHeaders: [{ name: 'Authentication-Results', value: verdict }],
    parentFolderId: 'inbox',
    isRead: false,
    hasAttachments: false,
  };
  return [{ kind: 'mail', user, message }];
}

function detail(record: Raw, key: string): string | undefined {
  const value = list(record.additionalDetails).find((entry) => entry.key === key)?.value;
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? (value as readonly Raw[]) : [];
}
