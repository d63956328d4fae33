/** What a mailbox record does, in the words of `postern.mailbox.action`. */
import type { MailboxRecord } from './mailbox-records.ts';
import { object, objects, type RawRecord, text, unwrapJson } from './record.ts';

/** One of the things a record can do; a record can do several. */
export type MailboxAction =
  | 'rule_created'
  | 'rule_hides'
  | 'rule_forwards'
  | 'forwarding_set'
  | 'folder_permission'
  | 'security_mail_deleted'
  | 'items_accessed'
  | 'files_downloaded'
  | 'other';

const OPERATIONS: Readonly<Record<string, MailboxAction>> = {
  'new-inboxrule': 'rule_created',
  'set-inboxrule': 'rule_created',
  'enable-inboxrule': 'rule_created',
  updateinboxrules: 'rule_created',
  'set-mailbox': 'forwarding_set',
  'add-mailboxpermission': 'folder_permission',
  'add-recipientpermission': 'folder_permission',
  'add-mailboxfolderpermission': 'folder_permission',
  'set-mailboxfolderpermission': 'folder_permission',
  addfolderpermissions: 'folder_permission',
  modifyfolderpermissions: 'folder_permission',
  updatefolderpermissions: 'folder_permission',
  softdelete: 'security_mail_deleted',
  harddelete: 'security_mail_deleted',
  movetodeleteditems: 'security_mail_deleted',
  mailitemsaccessed: 'items_accessed',
  filedownloaded: 'files_downloaded',
  filesyncdownloadedfull: 'files_downloaded',
};

/** Folders where nobody looks; localized names are not known. */
const HIDING_FOLDER = /deleted|junk|rss|conversation history|archive|notes|calendar|sync issues/i;

/**
 * Everything that the record does, never empty.
 * @param isSecurityMail Whether a subject reads like a provider's account mail.
 */
export function mailboxActions(
  record: MailboxRecord,
  isSecurityMail: (subject: string) => boolean,
): readonly MailboxAction[] {
  const action = OPERATIONS[record.operation?.toLowerCase() ?? ''] ?? 'other';
  switch (action) {
    case 'rule_created':
      return ruleActions(record);
    case 'forwarding_set':
      return setsForwarding(parametersOf(record)) ? [action] : ['other'];
    case 'security_mail_deleted':
      return subjectsOf(record).some(isSecurityMail) ? [action] : ['other'];
    default:
      return [action];
  }
}

/** `Parameters` and `OperationProperties` as one map, names in lower case. */
export function parametersOf({ auditData }: MailboxRecord): ReadonlyMap<string, string> {
  const pairs = [...objects(auditData.Parameters), ...objects(auditData.OperationProperties)];
  return new Map(
    pairs.map((pair) => {
      const value = pair.Value ?? pair.value;
      return [
        (text(pair.Name ?? pair.name) ?? '').toLowerCase(),
        typeof value === 'string' ? value.trim() : value === undefined || value === null ? '' : JSON.stringify(value),
      ];
    }),
  );
}

/** How many mails or files the record stands for; at least one. */
export function itemCount({ auditData }: MailboxRecord): number {
  const folders = objects(auditData.Folders);
  const items = folders.reduce((sum, folder) => sum + objects(folder.FolderItems).length, 0);
  return Math.max(1, items, Number(auditData.OperationCount) || 0);
}

/** Cmdlets name conditions and actions as parameters; Outlook writes `RuleOperation` and a list of `RuleActions`. */
function ruleActions(record: MailboxRecord): readonly MailboxAction[] {
  const parameters = parametersOf(record);
  const operation = parameters.get('ruleoperation') ?? '';
  if (/remove|delete|disable/i.test(operation)) return ['other'];
  const kinds = objects(unwrapJson(parameters.get('ruleactions'))).map((item) => text(item.ActionType) ?? '');
  const folder = parameters.get('movetofolder') ?? '';
  const hides =
    isTrue(parameters.get('deletemessage')) ||
    isTrue(parameters.get('softdeletemessage')) ||
    HIDING_FOLDER.test(folder) ||
    (folder !== '' && isTrue(parameters.get('markasread'))) ||
    kinds.some((kind) => /delete/i.test(kind)) ||
    (kinds.some((kind) => /move/i.test(kind)) && kinds.some((kind) => /markasread/i.test(kind)));
  const forwards =
    ['forwardto', 'forwardasattachmentto', 'redirectto'].some((name) => isSet(parameters.get(name))) ||
    kinds.some((kind) => /forward|redirect/i.test(kind));
  return [
    'rule_created',
    ...(hides ? (['rule_hides'] as const) : []),
    ...(forwards ? (['rule_forwards'] as const) : []),
  ];
}

function setsForwarding(parameters: ReadonlyMap<string, string>): boolean {
  return isSet(parameters.get('forwardingsmtpaddress')) || isSet(parameters.get('forwardingaddress'));
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '[]' && value !== '$null' && value !== 'null';
}

function subjectsOf({ auditData }: MailboxRecord): string[] {
  const items: readonly RawRecord[] = [...objects(auditData.AffectedItems), ...objects([object(auditData.Item)])];
  return items.flatMap((item) => text(item.Subject) ?? []);
}
