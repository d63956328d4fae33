/** Message traces and mailbox activity in Graph's shape. */
import { type Account, MINUTE, type Scene } from './options.ts';
import { seconds } from './sign-in-shape.ts';

const ORGANIZATION = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
/** Sends Entra's mails: verification codes and notices. */
const ENTRA_SENDER = 'msonlineservicesteam@microsoftonline.com';

/** Writes the trace of one delivered mail. Returns its message id. */
export function mail(scene: Scene, facts: { to: Account; at: number; from: string; subject: string }): string {
  const { random } = scene;
  const messageId = `<${random.uuid()}@${facts.from.split('@')[1]}>`;
  scene.put('provider-mail', facts.at, {
    id: random.uuid(),
    senderAddress: facts.from,
    recipientAddress: facts.to.upn,
    messageId,
    receivedDateTime: seconds(facts.at),
    subject: facts.subject,
    size: random.int(4000, 90_000),
    status: 'delivered',
    fromIP: `192.0.2.${random.int(1, 254)}`,
    toIP: '',
  });
  return messageId;
}

/** The code of the e-mail gate, in the mailbox that the account's codes go to. Returns the mail's message id. */
export function codeMail(scene: Scene, to: Account, at: number): string {
  return mail(scene, { to, at, from: ENTRA_SENDER, subject: 'Example Org account email verification code' });
}

/** The notice that a password was reset. */
export function resetMail(scene: Scene, to: Account, at: number): string {
  return mail(scene, { to, at, from: ENTRA_SENDER, subject: 'Your password has been reset' });
}

/** What differs from one mailbox audit record to the next. */
export interface MailboxAct {
  readonly account: Account;
  readonly at: number;
  readonly operation: string;
  readonly ip: string;
  /** Of the cmdlet, for admin operations. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Further members of `auditData`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Operation → [record type of Graph, record type number, workload]. Everything else is an Exchange item operation. */
const TYPES: Readonly<Record<string, readonly [string, number, string]>> = {
  'New-InboxRule': ['exchangeAdmin', 1, 'Exchange'],
  'Set-Mailbox': ['exchangeAdmin', 1, 'Exchange'],
  MailItemsAccessed: ['exchangeItemAggregated', 50, 'Exchange'],
  FileDownloaded: ['sharePointFileOperation', 6, 'OneDrive'],
};

/** Writes one record of the unified audit log, as `security/auditLog` returns it. */
export function mailboxAct(scene: Scene, act: MailboxAct): void {
  const { account, at, operation, parameters } = act;
  const [type, number, workload] = TYPES[operation] ?? ['exchangeItemGroup', 3, 'Exchange'];
  const id = scene.random.uuid();
  scene.put('mailbox-activity', at, {
    id,
    createdDateTime: seconds(at),
    auditLogRecordType: type,
    operation,
    organizationId: ORGANIZATION,
    userType: 'regular',
    userId: account.upn,
    service: workload,
    objectId: parameters ? `${account.upn}\\${parameters.Name ?? parameters.Identity ?? ''}` : '',
    userPrincipalName: account.upn,
    clientIp: act.ip,
    administrativeUnits: [],
    auditData: { Id: id, RecordType: number, Workload: workload, ...auditData(scene, act, workload) },
  });
}

function auditData(scene: Scene, act: MailboxAct, workload: string): Record<string, unknown> {
  const { account, at, operation, parameters, ip, data } = act;
  // Exchange writes cmdlets' addresses with a port, items' under another name and without.
  const withPort = `${ip.includes(':') ? `[${ip}]` : ip}:${scene.random.int(1025, 65000)}`;
  const ofItem = workload === 'Exchange' ? { ClientIPAddress: ip } : { ClientIP: ip };
  return {
    CreationTime: seconds(at).slice(0, 19),
    Operation: operation,
    OrganizationId: ORGANIZATION,
    ResultStatus: parameters ? 'True' : 'Succeeded',
    UserKey: account.id,
    UserType: 0,
    Version: 1,
    ...(parameters ? { ClientIP: withPort } : ofItem),
    UserId: account.upn,
    MailboxOwnerUPN: account.upn,
    ...(parameters && { Parameters: Object.entries(parameters).map(([Name, Value]) => ({ Name, Value })) }),
    ...data,
  };
}

/** Reading mails: `Sync` is a whole folder at once, `Bind` a mail at a time. */
export function readMail(
  scene: Scene,
  account: Account,
  at: number,
  ip: string,
  access: 'Sync' | 'Bind',
  mailId?: string,
): void {
  mailboxAct(scene, {
    account,
    at,
    operation: 'MailItemsAccessed',
    ip,
    data: {
      LogonType: 0,
      OperationProperties: [
        { Name: 'MailAccessType', Value: access },
        { Name: 'IsThrottled', Value: 'False' },
      ],
      Folders: [{ Path: '\\Inbox', FolderItems: mailId ? [{ InternetMessageId: mailId }] : [] }],
    },
  });
}

/** Deleting one mail, twice: to the deleted items, then out of them. */
export function deleteMail(
  scene: Scene,
  account: Account,
  at: number,
  ip: string,
  mailId: string,
  subject: string,
): void {
  const item = { InternetMessageId: mailId, Subject: subject, ParentFolder: { Path: '\\Inbox' } };
  const data = { LogonType: 0, AffectedItems: [item] };
  mailboxAct(scene, { account, at, operation: 'MoveToDeletedItems', ip, data });
  mailboxAct(scene, { account, at: at + MINUTE / 4, operation: 'SoftDelete', ip, data });
}
